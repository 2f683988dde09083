//! What every request stands on: store, clock, settings, and what the modules above hand in when the program is put
//! together. Names no slice: a module that holds something in memory says itself, in an `impl App`, how it is asked for.

mod caller;

pub use caller::{Caller, Peer};

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;

/// The running application; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    config: Config,
    is_demo: bool,
    held: Held,
}

/// What modules hold in memory, one value a type.
#[derive(Default)]
pub struct Held(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl Held {
    /// The same, and this value.
    pub fn with<T: Any + Send + Sync>(mut self, value: T) -> Held {
        self.0.insert(TypeId::of::<T>(), Box::new(value));
        self
    }
}

impl App {
    /// Put together of its parts.
    pub fn new(db: Db, clock: Clock, config: Config, is_demo: bool, held: Held) -> App {
        App(Arc::new(Inner { db, clock, config, is_demo, held }))
    }

    /// The store.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Settings.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Whether the store was made with `--demo`.
    pub fn is_demo(&self) -> bool {
        self.0.is_demo
    }

    /// What a module handed in.
    ///
    /// # Panics
    /// If it was not: the program was put together wrongly, which every test sees.
    pub fn held<T: Any>(&self) -> &T {
        let value = self.0.held.0.get(&TypeId::of::<T>()).and_then(|value| value.downcast_ref());
        value.unwrap_or_else(|| panic!("{} was not handed in", type_name::<T>()))
    }
}

/// The number a request has in the log and on an error page.
#[derive(Clone, Debug)]
pub struct RequestNumber(pub String);
