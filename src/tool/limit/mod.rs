//! How often one address may ask: a sliding minute per caller and kind of request, held in bounded memory.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use chrono::{DateTime, Duration, Utc};

use crate::error::{Refusal, Result};
use crate::state::App;

/// Most callers that are remembered; beyond it those who asked least are forgotten.
const MOST_CALLERS: usize = 20_000;
const MINUTE: f64 = 60.0;

/// What one caller did in this minute of his and the one before.
#[derive(Clone, Copy, Debug)]
struct Window {
    begun: DateTime<Utc>,
    now: u32,
    before: u32,
}

/// Everything that is remembered of callers.
#[derive(Debug, Default)]
pub struct Limits {
    windows: Mutex<HashMap<(&'static str, String), Window>>,
    /// How many requests of one kind and caller are under way.
    under_way: Mutex<HashMap<String, u32>>,
    /// The number in force, and when it was read.
    most: Mutex<Option<(i64, DateTime<Utc>)>>,
}

/// A place among the requests under way; given back when dropped.
#[derive(Debug)]
pub struct Pass<'a> {
    limits: &'a Limits,
    name: String,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut under_way = self.limits.under_way.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(count) = under_way.get_mut(&self.name) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.name);
            }
        }
    }
}

impl Limits {
    /// Takes a place among at most so many requests of one name under way at once; none is left: refused at once.
    pub fn enter(&self, name: &str, most: u32) -> Result<Pass<'_>> {
        let mut under_way = self.under_way.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let count = under_way.entry(name.to_owned()).or_default();
        if *count >= most {
            return Err(Refusal::slow_down(1).into());
        }
        *count += 1;
        Ok(Pass { limits: self, name: name.to_owned() })
    }

    /// The number in force, if it was read within this second.
    pub fn known_most(&self, now: DateTime<Utc>) -> Option<i64> {
        let (most, read_at) = (*self.most.lock().unwrap_or_else(std::sync::PoisonError::into_inner))?;
        ((now - read_at).num_seconds() == 0).then_some(most)
    }

    /// Notes the number in force.
    pub fn note_most(&self, most: i64, now: DateTime<Utc>) {
        *self.most.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some((most, now));
    }

    /// Counts a request; gives the seconds to wait if it comes too early. What is refused is not counted.
    pub fn take(&self, bucket: &'static str, caller: &str, most: u32, now: DateTime<Utc>) -> Result<(), i64> {
        // a lock that a panic left behind must not close the feeds
        let mut windows = self.windows.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let key = (bucket, network(caller));
        if windows.len() >= MOST_CALLERS && !windows.contains_key(&key) {
            forget(&mut windows, now);
        }
        let window = windows.entry(key).or_insert(Window { begun: now, now: 0, before: 0 });
        let mut gone = seconds(now - window.begun);
        if !(0.0..2.0 * MINUTE).contains(&gone) {
            *window = Window { begun: now, now: 0, before: 0 };
            gone = 0.0;
        } else if gone >= MINUTE {
            *window = Window { begun: window.begun + Duration::minutes(1), now: 0, before: window.now };
            gone -= MINUTE;
        }
        let (room, before) = (f64::from(most) - 1.0 - f64::from(window.now), f64::from(window.before));
        if before * (1.0 - gone / MINUTE) <= room {
            window.now += 1;
            return Ok(());
        }
        let wait = match room {
            // room comes as the minute before moves away
            room if room >= 0.0 => MINUTE * (1.0 - room / before) - gone,
            // or once this minute is over and the first part of it has moved away
            _ => MINUTE - gone + MINUTE / f64::from(most.max(1)),
        };
        Err((wait.ceil() as i64).max(1))
    }
}

/// An address, or for IPv6 the network that one customer gets.
pub fn network(caller: &str) -> String {
    match caller.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => address.segments()[..4].iter().map(|part| format!("{part:x}:")).collect(),
        },
        _ => caller.chars().take(64).collect(),
    }
}

fn seconds(span: Duration) -> f64 {
    span.num_milliseconds() as f64 / 1000.0
}

/// Makes room: whoever has been silent for two minutes goes, and if that is not enough the half that asked least.
fn forget(windows: &mut HashMap<(&'static str, String), Window>, now: DateTime<Utc>) {
    windows.retain(|_, window| (0.0..2.0 * MINUTE).contains(&seconds(now - window.begun)));
    if windows.len() >= MOST_CALLERS {
        let mut counts: Vec<u32> = windows.values().map(|window| window.now + window.before).collect();
        let half = counts.len() / 2;
        let (_, middle, _) = counts.select_nth_unstable(half);
        let middle = *middle;
        let mut surplus = windows.len() - half;
        windows.retain(|_, window| {
            let goes = surplus > 0 && window.now + window.before <= middle;
            surplus -= usize::from(goes);
            !goes
        });
    }
}

impl App {
    /// How often callers asked.
    pub fn limits(&self) -> &Limits {
        self.held()
    }
}
