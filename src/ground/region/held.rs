//! The region as it is held in memory, and as it becomes when units change.

use std::sync::{Mutex, OnceLock, PoisonError};

use super::Region;
use crate::state::App;

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

/// The units that this process holds, and how often they were changed when they were read.
#[derive(Debug)]
pub struct Units {
    held: Held,
    number: Mutex<i64>,
}

impl Units {
    /// As read from the store.
    pub fn new(number: i64, region: Region) -> Units {
        Units { held: Held::new(region), number: Mutex::new(number) }
    }

    /// How often they were changed when they were read.
    pub fn number(&self) -> i64 {
        *self.number.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes newer ones.
    pub fn renew(&self, number: i64, region: Region) {
        self.held.renew(region);
        *self.number.lock().unwrap_or_else(PoisonError::into_inner) = number;
    }
}

impl App {
    /// Administrative units.
    pub fn region(&self) -> &Region {
        self.held::<Units>().held.now()
    }
}
