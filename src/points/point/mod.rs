//! The register of points and the way of a point from registration to opening.
//!
//! `model` holds states and `way` the rules of each step (both pure), `period` the states in two times, `form` reads what people type, `store` the SQL, `list` the lists by key,
//! `grid`, `tile` points by place for maps, `hours` opening hours, `pages` the screens of staff, `enter` what both they and
//! programs write, `operating` who operates a point, `turn` whose turn it is, `unread` what no commune reads, `register` the public registration, `steps` the steps of the way.

pub mod bulk;
pub mod dates;
pub mod day;
mod enter;
mod form;
pub mod grid;
pub mod hours;
pub mod kind;
pub mod list;
pub mod model;
mod notice;
mod operating;
mod owner;
mod pages;
pub mod period;
mod refusal;
mod register;
pub mod sheet;
pub mod steps;
pub mod store;
#[cfg(test)]
mod tests;
pub mod tile;
pub mod turn;
pub mod unread;
mod way;
pub mod work;

pub use enter::{add_draft, change, operator, personal, record};
pub use form::{PointForm, check, fields_of};
pub use model::{Kind, Point, PointRefusal, State, Step, blank};
pub use notice::{News, author, is_unread, tell, tell_news};
pub use owner::{Help, help};
pub use pages::{Sketch, alike, alike_to, load, load_shown, thing, thing_of};
pub use sheet::{IMPORT_JOB, run_import, seed};

use crate::access::Routes;

/// Kind of the job that follows a change of what the public may see of a point; its payload is the point's id.
pub const CHANGED_JOB: crate::job::Kind = crate::job::Kind::new("point_changed", crate::job::Lane::Work).once();

/// The routes of this slice.
pub fn routes() -> Routes {
    pages::routes()
        .merge(register::routes())
        .merge(owner::routes())
        .merge(steps::routes())
        .merge(dates::routes())
        .merge(operating::routes())
        .merge(sheet::routes())
}
