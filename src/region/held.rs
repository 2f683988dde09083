//! The region as it is held in memory, and as it becomes when units change.

use std::sync::OnceLock;

use super::Region;

/// A region and what took its place. Whoever reads the earlier one goes on with it: units change once in years, so every
/// one is kept as long as the process.
#[derive(Debug)]
pub struct Held {
    region: Region,
    next: OnceLock<Box<Held>>,
}

impl Held {
    /// Begins with this one.
    pub fn new(region: Region) -> Held {
        Held { region, next: OnceLock::new() }
    }

    fn last(&self) -> &Held {
        let mut held = self;
        while let Some(next) = held.next.get() {
            held = next;
        }
        held
    }

    /// The region as it is now.
    pub fn now(&self) -> &Region {
        &self.last().region
    }

    /// Puts a newer one in its place.
    pub fn renew(&self, region: Region) {
        let mut newer = Box::new(Held::new(region));
        // where two come at once, the later one follows the other
        while let Err(back) = self.last().next.set(newer) {
            newer = back;
        }
    }
}
