//! Times, durations and scopes as people write them.

use jiff::{civil, tz::TimeZone};

use control::{Duration, EvidenceView, Filling, Said, ScopeView, Timestamp};

use crate::exit::Failed;

/// A moment, with the zone that it is told in.
pub fn moment(at: Timestamp) -> String {
    format!("{} UTC", at.in_utc())
}

/// Why it was decided so, with the id of the consent behind it, for `keylodge consent`.
pub fn because(sentence: &str, said: Option<&Said>) -> String {
    match said.and_then(|said| said.with.get("consent")) {
        Some(Filling::Text(consent)) => format!("{sentence} [{consent}]"),
        _ => sentence.to_owned(),
    }
}

/// How long a consent is given, in words.
pub fn duration(duration: Duration) -> String {
    match duration {
        Duration::Once => "once".to_owned(),
        Duration::UntilLock => "until lock".to_owned(),
        Duration::Always => "always".to_owned(),
        Duration::Seconds { seconds } if seconds % 86_400 == 0 => format!("{} days", seconds / 86_400),
        Duration::Seconds { seconds } if seconds % 3600 == 0 => format!("{} h", seconds / 3600),
        Duration::Seconds { seconds } => format!("{} min", seconds / 60),
    }
}

/// Reads `once`, `15m`, `1h`, `until-lock`, `30d`, `always`, or a day: to its end in `zone`, as the window means it. `now` is
/// in seconds since 1970.
pub fn parse_duration(text: &str, now: i64, zone: TimeZone) -> Result<Duration, Failed> {
    match text {
        day if looks_like_day(day) => Ok(Duration::Seconds { seconds: to_end_of(day, now, zone)? }),
        "once" => Ok(Duration::Once),
        "until-lock" => Ok(Duration::UntilLock),
        "always" => Ok(Duration::Always),
        other => Ok(Duration::Seconds { seconds: seconds(other)? }),
    }
}

/// No duration has a hyphen between digits.
fn looks_like_day(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit()) && text.contains('-')
}

/// How many seconds are left until that day is over.
fn to_end_of(text: &str, now: i64, zone: TimeZone) -> Result<u32, Failed> {
    let over = || Failed::usage(format!("{text} is over, or too far away. Name a day that comes."));
    let end = end_of(read_day(text)?, zone).ok_or_else(over)?;
    u32::try_from(end - now).ok().filter(|left| *left > 0).ok_or_else(over)
}

/// When the next day begins there, whatever summer time does in between.
fn end_of(day: time::Date, zone: TimeZone) -> Option<i64> {
    let (year, month) = (i16::try_from(day.year()).ok()?, i8::try_from(u8::from(day.month())).ok()?);
    let day = civil::Date::new(year, month, i8::try_from(day.day()).ok()?).ok()?;
    Some(day.tomorrow().ok()?.to_zoned(zone).ok()?.timestamp().as_second())
}

/// Reads `90s`, `5m`, `1h`, `30d` as seconds.
pub fn seconds(text: &str) -> Result<u32, Failed> {
    let wrong = || Failed::usage(format!("{text:?} is no duration. Write for instance 90s, 15m, 1h or 30d."));
    let unit = text.chars().last().ok_or_else(wrong)?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let number: u32 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    number.checked_mul(factor).ok_or_else(wrong)
}

/// Reads a day, `2027-05-31`, as its first moment (UTC).
pub fn parse_date(text: &str) -> Result<Timestamp, Failed> {
    Ok(Timestamp(read_day(text)?.midnight().assume_utc().unix_timestamp()))
}

fn read_day(text: &str) -> Result<time::Date, Failed> {
    let format = time::macros::format_description!("[year]-[month]-[day]");
    time::Date::parse(text, format)
        .map_err(|_| Failed::usage(format!("{text:?} is no day. Write for instance 2027-05-31.")))
}

/// The day (UTC) of a moment, as [`parse_date`] reads it.
pub fn day(at: Timestamp) -> String {
    time::OffsetDateTime::from_unix_timestamp(at.0).map(|at| at.date().to_string()).unwrap_or_default()
}

/// Scopes as the provider writes them.
pub fn scopes(scopes: &[ScopeView]) -> String {
    scopes.iter().map(|scope| scope.scope.as_str()).collect::<Vec<_>>().join(" ")
}

/// What was seen of a process, in a line.
pub fn evidence(evidence: Option<&EvidenceView>) -> String {
    let Some(evidence) = evidence else { return String::new() };
    let script = evidence.script.as_ref().map(|script| format!(" {script}")).unwrap_or_default();
    let started = match evidence.started_by.first() {
        Some(parent) => format!(", started by {parent}"),
        None => String::new(),
    };
    let warning =
        if evidence.warning.is_empty() { String::new() } else { format!(" ({})", evidence.warning) };
    format!("{}{script}{started}{warning}", evidence.file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_names_the_consent_behind_it() {
        let said = Said::new("because.each_time", [("consent", "con_1".to_owned())]);
        assert_eq!(
            because("You want to be asked each time.", Some(&said)),
            "You want to be asked each time. [con_1]"
        );
        let nothing = Said::new("because.nothing", []);
        assert_eq!((because("No.", Some(&nothing)), because("", None)), ("No.".to_owned(), String::new()));
    }

    #[test]
    fn a_day_is_read() {
        assert_eq!(parse_date("1970-01-03").expect("a day"), Timestamp(2 * 86_400));
        assert_eq!(day(Timestamp(2 * 86_400)), "1970-01-03");
        for wrong in ["", "2027-13-01", "31.5.2027", "2027-05-31T00:00"] {
            assert!(parse_date(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_day_lasts_to_its_end_and_none_that_is_over_is_taken() {
        let read = |text, now| parse_duration(text, now, TimeZone::UTC).ok();
        let left = |seconds| Some(Duration::Seconds { seconds });
        assert_eq!(read("1970-01-02", 0), left(2 * 86_400));
        assert_eq!(read("1970-01-02", 2 * 86_400 - 1), left(1), "the last second of it");
        assert_eq!(read("1970-01-02", 2 * 86_400), None, "over");
        assert_eq!(read("9999-12-31", 0), None, "nobody means that");
        assert_eq!(read("1970-02-30", 0), None);
        assert_eq!(read("until-lock", 0), Some(Duration::UntilLock));
    }

    #[test]
    fn a_day_ends_where_the_person_is_in_summer_and_in_winter() {
        let read = |text, zone| parse_duration(text, 0, zone).ok();
        let left = |hours: u32| Some(Duration::Seconds { seconds: hours * 3600 });
        let east = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(read("1970-01-02", east), left(48 - 2));
        // The rule of Central Europe, written out: no test needs the system's table.
        let berlin = || TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a rule");
        assert_eq!(read("1970-03-28", berlin()), left(87 * 24 - 1));
        assert_eq!(read("1970-03-29", berlin()), left(88 * 24 - 2), "that day has 23 hours");
    }

    #[test]
    fn durations_are_read_and_written() {
        assert_eq!(seconds("15m").expect("fits"), 900);
        assert_eq!(
            parse_duration("30d", 0, TimeZone::UTC).expect("fits"),
            Duration::Seconds { seconds: 2_592_000 }
        );
        assert!(
            seconds("").is_err()
                && seconds("m").is_err()
                && seconds("5x").is_err()
                && seconds("99999999d").is_err()
        );
        assert_eq!(duration(Duration::Seconds { seconds: 3600 }), "1 h");
    }
}
