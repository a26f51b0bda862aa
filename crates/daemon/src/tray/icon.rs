//! The sign itself, drawn as `icons/keylodge.svg` is, with what tells the states apart: by form first, by colour too. A
//! light rim parts it from dark panels.

use serde::{Deserialize, Serialize};
use zbus::zvariant::{OwnedValue, Type, Value};

use super::state::State;

/// Width, height and pixels (ARGB, a byte each, line by line): what `org.kde.StatusNotifierItem` calls a pixmap.
#[derive(Clone, Debug, Deserialize, Serialize, Type, Value, OwnedValue, PartialEq, Eq)]
pub struct Pixmap {
    width: i32,
    height: i32,
    argb: Vec<u8>,
}

/// Panels are so many pixels high, or twice that.
const SIZES: [i32; 4] = [16, 22, 32, 48];
/// The drawing is so many units wide and high.
const UNITS: f32 = 64.0;
/// Each pixel is looked at in so many places across and down.
const LOOKS: u16 = 4;

type Colour = [u8; 3];

const BLUE: Colour = [0x31, 0x47, 0x9e];
const GOLD: Colour = [0xf3, 0xcf, 0x7a];
const SLATE: Colour = [0x5d, 0x64, 0x70];
const PALE: Colour = [0xe4, 0xe7, 0xec];
const AMBER: Colour = [0xff, 0xa0, 0x1c];
const RED: Colour = [0xd9, 0x2d, 0x2a];
const WHITE: Colour = [0xff, 0xff, 0xff];

/// The sign for a state, in all sizes.
pub fn drawn(state: State) -> Vec<Pixmap> {
    SIZES.iter().map(|&size| pixmap(state, size)).collect()
}

fn pixmap(state: State, size: i32) -> Pixmap {
    let argb = (0..size).flat_map(|y| (0..size).flat_map(move |x| pixel(state, size, (x, y)))).collect();
    Pixmap { width: size, height: size, argb }
}

/// One pixel: the mean of what is seen in it.
#[expect(clippy::cast_precision_loss, reason = "sizes are small")]
fn pixel(state: State, size: i32, (x, y): (i32, i32)) -> [u8; 4] {
    let unit =
        |at: i32, look: u16| (at as f32 + (f32::from(look) + 0.5) / f32::from(LOOKS)) * UNITS / size as f32;
    let looks = (0..LOOKS).flat_map(|down| (0..LOOKS).map(move |across| (across, down)));
    let seen = looks.filter_map(|(across, down)| colour_at(state, Point(unit(x, across), unit(y, down))));
    let (mut count, mut sum) = (0u16, [0u16; 3]);
    for colour in seen {
        count += 1;
        sum.iter_mut().zip(colour).for_each(|(sum, part)| *sum += u16::from(part));
    }
    let share = |part: u16, of: u16| u8::try_from(part / of.max(1)).unwrap_or(u8::MAX);
    [share(count * 255, LOOKS * LOOKS), share(sum[0], count), share(sum[1], count), share(sum[2], count)]
}

/// What is seen at a point; the topmost layer wins.
fn colour_at(state: State, at: Point) -> Option<Colour> {
    let asleep = matches!(state, State::Absent | State::Locked | State::Paused);
    let (lodge, sign) = if asleep { (SLATE, PALE) } else { (BLUE, GOLD) };
    let key = if state == State::Paused { at.in_bars() } else { at.in_key() };
    badge(state, at)
        .or_else(|| key.then_some(sign))
        .or_else(|| at.in_lodge(0.0).then_some(lodge))
        .or_else(|| at.in_lodge(3.5).then_some(WHITE))
}

/// A disc where something waits; a triangle where something is wrong.
fn badge(state: State, at: Point) -> Option<Colour> {
    match state {
        State::Waiting if at.in_circle(BADGE, 13.0) => Some(AMBER),
        State::Waiting if at.in_circle(BADGE, 16.5) => Some(WHITE),
        State::Trouble if at.in_mark() => Some(WHITE),
        State::Trouble if at.in_triangle(0.0) => Some(RED),
        State::Trouble if at.in_triangle(3.5) => Some(WHITE),
        _ => None,
    }
}

const BADGE: Point = Point(47.0, 47.0);

/// A place in the drawing, from the left and from the top.
#[derive(Clone, Copy)]
struct Point(f32, f32);

impl Point {
    fn in_circle(self, centre: Self, radius: f32) -> bool {
        (self.0 - centre.0).hypot(self.1 - centre.1) <= radius
    }

    fn in_box(self, (left, top): (f32, f32), (right, bottom): (f32, f32)) -> bool {
        (left..=right).contains(&self.0) && (top..=bottom).contains(&self.1)
    }

    /// The lodge, and so much around it.
    fn in_lodge(self, around: f32) -> bool {
        self.in_circle(Self(32.0, 28.0), 24.0 + around)
            || self.in_box((8.0 - around, 28.0), (56.0 + around, 60.0 + around))
    }

    fn in_key(self) -> bool {
        let centre = Self(32.0, 22.5);
        let bow = self.in_circle(centre, 11.0) && !self.in_circle(centre, 4.5);
        bow || self.in_box((28.5, 32.0), (35.5, 55.0))
            || self.in_box((35.0, 37.0), (41.0, 43.0))
            || self.in_box((35.0, 46.5), (43.0, 52.5))
    }

    fn in_bars(self) -> bool {
        self.in_box((19.0, 20.0), (28.0, 48.0)) || self.in_box((36.0, 20.0), (45.0, 48.0))
    }

    /// Apex above, base below, and so much around it.
    fn in_triangle(self, around: f32) -> bool {
        let (down, aside) = (self.1 - (31.0 - 2.0 * around), (self.0 - BADGE.0).abs());
        down >= 0.0 && self.1 <= 61.0 + around / 1.5 && aside <= down * 0.56
    }

    /// The exclamation mark in it.
    fn in_mark(self) -> bool {
        self.in_box((45.0, 40.0), (49.0, 50.5)) || self.in_box((45.0, 53.5), (49.0, 57.5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How bright a colour is to the eye, 0 to 255.
    fn brightness(pixel: &[u8]) -> u32 {
        (u32::from(pixel[1]) * 30 + u32::from(pixel[2]) * 59 + u32::from(pixel[3]) * 11) / 100
    }

    #[test]
    fn each_state_has_a_sign_of_its_own_that_is_seen_on_light_and_dark_panels() {
        let mut seen = Vec::new();
        for state in [State::Open, State::Locked, State::Paused, State::Waiting, State::Trouble] {
            for sign in drawn(state) {
                assert_eq!(sign.argb.len(), usize::try_from(sign.width * sign.height * 4).expect("small"));
                let opaque: Vec<_> =
                    sign.argb.chunks(4).filter(|pixel| pixel[0] == 255).map(brightness).collect();
                assert!(opaque.iter().any(|it| *it < 110), "{state:?} is lost on a light panel");
                assert!(opaque.iter().any(|it| *it > 180), "{state:?} is lost on a dark panel");
                assert_eq!(sign.argb[0], 0, "the corners are clear");
                assert!(!seen.contains(&sign), "{state:?} looks like another");
                seen.push(sign);
            }
        }
    }
}
