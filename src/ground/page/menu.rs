//! The navigation: what it shows is asked of the routes, so that no list of roles stands twice.

use axum::http::Method;

use crate::access::{Act, Actor};
use crate::state::App;

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Beside the work list and the records.
    Main,
    /// Under "Thêm".
    More,
    /// A tab under "Sản phẩm".
    Products,
    /// A tab under "Kết nối".
    Connections,
}

/// An entry of the navigation.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Where it stands.
    pub place: Place,
    /// The page, whose route says who opens it.
    pub path: &'static str,
    /// Its name.
    pub name: &'static str,
    /// A power that the body acted for has besides; whoever audits reads without.
    pub power: Option<&'static str>,
}

/// All entries, as the program is put together.
pub struct Menu(pub &'static [Entry]);

/// The entries that an actor may open.
pub fn of(app: &App, actor: &Actor) -> Vec<Entry> {
    let Some(role) = actor.role() else { return Vec::new() };
    let opens = |entry: &&Entry| {
        app.need(&Method::GET, entry.path).is_some_and(|need| need.allows(Some(role)))
            && entry.power.is_none_or(|power| actor.can(power) || role.may(Act::Audit))
    };
    app.held::<Menu>().0.iter().filter(opens).copied().collect()
}
