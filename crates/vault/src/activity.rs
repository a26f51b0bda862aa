//! The trail of what happened: appended, looked through, counted, chained, and cut where it is too long.
//!
//! Each event carries a hash over itself and the hash before it, so that an event that was changed, taken out or put in
//! later does not fit its neighbours.
//!
//! A person types, and waits for what is found. So what a search looks at is kept beside the events, each *look* once, however
//! many events look like that; and one index has all that tells which events of a look fit, and all that is counted.

use std::collections::BTreeMap;

use broker::{
    ActivityCount, ActivityFilter, AuditEvent, AuditKind, AuditRecord, Timestamp, TrailCheck, VaultError,
};
use rusqlite::{Connection, OptionalExtension, ToSql, params};
use sha2::{Digest, Sha256};

use crate::{
    sealing::place,
    sentences::database as sql,
    store::{read, write},
};

/// So many stretches of time are counted at the most.
const MAX_COUNTS: usize = 20_000;

/// Appends one fact, inside the caller's transaction.
pub(crate) fn append(connection: &Connection, event: &AuditEvent) -> Result<(), VaultError> {
    let body = write(event)?;
    let last: Option<(i64, Option<Vec<u8>>)> = connection
        .prepare("SELECT number, chain FROM activity ORDER BY number DESC LIMIT 1")
        .and_then(|mut last| last.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional())
        .map_err(sql)?;
    let before = last.and_then(|(_, chain)| chain).unwrap_or_default();
    let chain = link(&before, event.at, event.kind.word(), &body);
    let look = look(connection, event)?;
    connection
        .prepare("INSERT INTO activity (at, kind, body, chain, look) VALUES (?1, ?2, ?3, ?4, ?5)")
        .and_then(|mut insert| insert.execute(params![event.at.0, event.kind.word(), *body, chain, look]))
        .map(drop)
        .map_err(sql)
}

/// The number of an event's look, which is kept if it is new.
fn look(connection: &Connection, event: &AuditEvent) -> Result<i64, VaultError> {
    let (scopes, said) = (write(&event.scopes)?, event.said.as_ref().map(write).transpose()?);
    let look = params![
        event.app.as_ref().map_or("", |app| app.as_str()),
        event.app_name.as_deref().unwrap_or_default(),
        event.account.as_ref().map_or("", |account| account.as_str()),
        event.account_label.as_deref().unwrap_or_default(),
        *scopes,
        event.sentence,
        said.as_ref().map_or("", |said| said.as_str()),
    ];
    connection
        .prepare(
            "INSERT OR IGNORE INTO activity_looks (app, app_name, account, account_label, scopes, sentence, said)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .and_then(|mut insert| insert.execute(look))
        .and_then(|_| {
            connection.prepare(
                "SELECT id FROM activity_looks WHERE app = ?1 AND app_name = ?2 AND account = ?3
                 AND account_label = ?4 AND scopes = ?5 AND sentence = ?6 AND said = ?7",
            )
        })
        .and_then(|mut id| id.query_row(look, |row| row.get(0)))
        .map_err(sql)
}

/// Facts that fit, newest first, numbered below `before`.
pub(crate) fn list(
    connection: &Connection,
    filter: &ActivityFilter,
    before: Option<u32>,
    limit: u32,
) -> Result<Vec<AuditRecord>, VaultError> {
    let mut wanted = Wanted::of(filter);
    let all = wanted.is_all();
    wanted.and("number < ?", before.map_or(i64::MAX, i64::from));
    let newest =
        |from: &str| format!("FROM {from} WHERE {} ORDER BY number DESC LIMIT {limit}", wanted.clause());
    let statement = if all {
        format!("SELECT number, body {}", newest("activity"))
    } else {
        // The events themselves are long: only those that fit are read.
        let fitting = newest("activity INDEXED BY activity_by_look");
        format!(
            "SELECT number, body FROM activity WHERE number IN (SELECT number {fitting}) ORDER BY number DESC"
        )
    };
    let mut statement = connection.prepare(&statement).map_err(sql)?;
    let rows = statement
        .query_map(wanted.values().as_slice(), |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(sql)?;
    rows.into_iter().map(|(number, body)| Ok(AuditRecord { number, event: read(&body)? })).collect()
}

/// How many facts fit, for each stretch of `seconds` and kind, oldest first.
pub(crate) fn counts(
    connection: &Connection,
    filter: &ActivityFilter,
    seconds: u32,
) -> Result<Vec<ActivityCount>, VaultError> {
    let wanted = Wanted::of(filter);
    let statement = format!("SELECT at, kind FROM activity WHERE {}", wanted.clause());
    let mut statement = connection.prepare(&statement).map_err(sql)?;
    let mut rows = statement.query(wanted.values().as_slice()).map_err(sql)?;
    // Counted here: the database would sort them all first.
    let (seconds, mut counts) = (i64::from(seconds), BTreeMap::<_, (AuditKind, u32)>::new());
    while let Some(row) = rows.next().map_err(sql)? {
        let at: i64 = row.get(0).map_err(sql)?;
        let word = row.get_ref(1).map_err(sql)?.as_str().unwrap_or_default();
        let Some(kind) = AuditKind::ALL.into_iter().find(|kind| kind.word() == word) else { continue };
        counts.entry((at / seconds * seconds, kind.word())).or_insert((kind, 0)).1 += 1;
    }
    let count = |((from, _), (kind, count))| ActivityCount { from: Timestamp(from), kind, count };
    Ok(counts.into_iter().take(MAX_COUNTS).map(count).collect())
}

/// Looks at every event and its place in the chain.
pub(crate) fn verify(connection: &Connection) -> Result<TrailCheck, VaultError> {
    let mut statement = connection
        .prepare("SELECT number, at, kind, body, chain FROM activity ORDER BY number")
        .map_err(sql)?;
    let mut rows = statement.query([]).map_err(sql)?;
    let (mut check, mut last) = (TrailCheck::default(), None::<(u32, Vec<u8>)>);
    while let Some(row) = rows.next().map_err(sql)? {
        let number: u32 = row.get(0).map_err(sql)?;
        let (kind, body): (String, String) = (row.get(2).map_err(sql)?, row.get(3).map_err(sql)?);
        let (at, chain): (i64, Option<Vec<u8>>) = (row.get(1).map_err(sql)?, row.get(4).map_err(sql)?);
        check.events += 1;
        let Some(chain) = chain else {
            // Older than the chain; after it begins there can be none.
            check.unchained += 1;
            if last.is_some() {
                check.broken_at = check.broken_at.or(Some(number));
            }
            continue;
        };
        // What came before the first that is kept was cut away: there the chain is taken as it stands.
        let fits = match &last {
            Some((before, hash)) => *before + 1 == number && link(hash, Timestamp(at), &kind, &body) == chain,
            None => check.events > 1 || number > 1 || link(&[], Timestamp(at), &kind, &body) == chain,
        };
        if !fits {
            check.broken_at = check.broken_at.or(Some(number));
        }
        last = Some((number, chain));
    }
    Ok(check)
}

/// Forgets what is older than `oldest`, and the oldest of more than `keep`. Only from the old end, so that the chain of
/// what is left stays whole.
pub(crate) fn cut(connection: &Connection, oldest: Timestamp, keep: u32) -> Result<u32, VaultError> {
    let cut = connection
        .execute(
            "DELETE FROM activity WHERE number < max(
                 ifnull((SELECT min(number) FROM activity WHERE at >= ?1), ifnull((SELECT max(number) FROM activity), 0)),
                 ifnull((SELECT max(number) FROM activity), 0) - ?2 + 1)",
            params![oldest.0, keep],
        )
        .map_err(sql)?;
    // What is found no more must not be kept either. Cut off before this, the next cut does it.
    connection
        .execute("DELETE FROM activity_looks WHERE id NOT IN (SELECT look FROM activity)", [])
        .map_err(sql)?;
    Ok(u32::try_from(cut).unwrap_or(u32::MAX))
}

/// The hash of one event and all before it.
fn link(before: &[u8], at: Timestamp, kind: &str, body: &str) -> Vec<u8> {
    Sha256::digest(place(&[before, &at.0.to_be_bytes(), kind.as_bytes(), body.as_bytes()])).to_vec()
}

/// What a window shows of an event holds this word. `?` is a [`broker::Word`] in JSON. Of a sentence in another language
/// the vault knows the names of its messages, and what fills their places.
const SHOWN: &str = "(
    instr(lower(app_name), lower(?1 ->> '$.word')) > 0
    OR instr(lower(account_label), lower(?1 ->> '$.word')) > 0
    OR EXISTS (SELECT 1 FROM json_each(scopes) AS held
        WHERE held.value IN (SELECT value FROM json_each(?1, '$.scopes')))
    OR CASE WHEN ?1 ->> '$.messages' IS NULL OR said = ''
        THEN instr(lower(sentence), lower(?1 ->> '$.word')) > 0
        ELSE EXISTS (SELECT 1 FROM json_tree(said) AS part
            WHERE part.atom IS NOT NULL
            AND CASE part.key WHEN 'message'
                THEN part.atom IN (SELECT value FROM json_each(?1, '$.messages'))
                ELSE instr(lower(part.atom), lower(?1 ->> '$.word')) > 0 END)
    END)";

/// A WHERE clause with its values, each bound and never written into the text.
struct Wanted {
    /// About the look of an event.
    looks: usize,
    /// All of them, those about the look first.
    clauses: Vec<&'static str>,
    values: Vec<Box<dyn ToSql>>,
}

impl Wanted {
    fn of(filter: &ActivityFilter) -> Self {
        let mut wanted = Self { looks: 0, clauses: Vec::new(), values: Vec::new() };
        if let Some(app) = &filter.app {
            wanted.and("(app = ?1 OR instr(lower(app_name), lower(?1)) > 0)", app.clone());
        }
        if let Some(account) = &filter.account {
            wanted.and("(account = ?1 OR instr(lower(account_label), lower(?1)) > 0)", account.clone());
        }
        if let Some(scope) = &filter.scope {
            wanted.and("instr(lower(scopes), lower(?)) > 0", scope.clone());
        }
        if let Some(text) = &filter.text {
            wanted.and("instr(lower(sentence), lower(?)) > 0", text.clone());
        }
        for word in &filter.words {
            wanted.and(SHOWN, serde_json::to_string(word).unwrap_or_default());
        }
        wanted.looks = wanted.clauses.len();
        if let Some(kind) = &filter.kind {
            wanted.and("instr(kind, lower(?)) = 1", kind.clone());
        }
        if let Some(since) = filter.since {
            wanted.and("at >= ?", since.0);
        }
        if let Some(until) = filter.until {
            wanted.and("at < ?", until.0);
        }
        wanted
    }

    /// `?` and `?1` in the clause stand for this one value.
    fn and(&mut self, clause: &'static str, value: impl ToSql + 'static) {
        self.clauses.push(clause);
        self.values.push(Box::new(value));
    }

    fn clause(&self) -> String {
        let numbered = |(index, clause): (usize, &&str)| {
            clause.replace("?1", "?").replace('?', &format!("?{}", index + 1))
        };
        let mut looks: Vec<_> = self.clauses.iter().enumerate().map(numbered).collect();
        let mut clauses = looks.split_off(self.looks);
        if !looks.is_empty() {
            let looks = looks.join(" AND ");
            clauses.push(format!("look IN (SELECT id FROM activity_looks WHERE {looks})"));
        }
        if clauses.is_empty() { "1".to_owned() } else { clauses.join(" AND ") }
    }

    const fn is_all(&self) -> bool {
        self.clauses.is_empty()
    }

    fn values(&self) -> Vec<&dyn ToSql> {
        self.values.iter().map(AsRef::as_ref).collect()
    }
}
