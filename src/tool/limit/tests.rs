//! A minute slides, addresses do not share it, and memory stays bounded.

use chrono::Duration;

use super::{Limits, MOST_CALLERS, network};
use crate::testing::begin;

#[test]
fn no_minute_holds_more_than_the_limit() {
    let limits = Limits::default();
    let mut granted: Vec<i64> = Vec::new();
    // ten minutes of one request every 50 ms
    for tick in 0..12_000_i64 {
        if limits.take("a", "192.0.2.1", 60, begin() + Duration::milliseconds(tick * 50)).is_ok() {
            granted.push(tick * 50);
        }
    }
    let worst = granted.iter().map(|at| granted.iter().filter(|other| (*at..at + 60_000).contains(other)).count()).max().unwrap();
    // the window is weighed, not a log: a little more than the limit may fall into one minute
    assert!(worst <= 66, "{worst}");
    assert!(granted.len() >= 9 * 60, "{} in ten minutes", granted.len());
}

#[test]
fn the_wait_that_is_told_is_enough() {
    let limits = Limits::default();
    let mut now = begin();
    for round in 0..500_i64 {
        now += Duration::milliseconds(round * 37 % 900);
        if let Err(wait) = limits.take("a", "192.0.2.1", 10, now) {
            assert!((1..=66).contains(&wait), "{wait}");
            now += Duration::seconds(wait);
            assert!(limits.take("a", "192.0.2.1", 10, now).is_ok(), "round {round}: {wait} seconds were not enough");
        }
    }
}

#[test]
fn callers_and_buckets_are_apart() {
    let limits = Limits::default();
    assert!(limits.take("a", "192.0.2.1", 1, begin()).is_ok());
    assert!(limits.take("a", "192.0.2.1", 1, begin()).is_err());
    assert!(limits.take("b", "192.0.2.1", 1, begin()).is_ok());
    assert!(limits.take("a", "192.0.2.2", 1, begin()).is_ok());
    assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::9"));
    assert_ne!(network("2001:db8:1:2::9"), network("2001:db8:1:3::9"));
    assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
}

#[test]
fn a_flood_of_addresses_does_not_fill_the_memory_and_does_not_free_the_greedy() {
    let limits = Limits::default();
    for _ in 0..5 {
        let _ = limits.take("a", "192.0.2.1", 5, begin());
    }
    for number in 0..3 * MOST_CALLERS {
        let _ = limits.take("a", &format!("198.51.{}.{}", number / 256, number % 256), 5, begin());
    }
    assert!(limits.windows.lock().unwrap().len() <= MOST_CALLERS);
    assert!(limits.take("a", "192.0.2.1", 5, begin()).is_err());
}
