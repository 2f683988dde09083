//! The navigation: by part of the programme. What it shows is asked of the routes, so that no list of roles stands twice.

use axum::http::Method;

use crate::access::{Act, Actor, Role};
use crate::state::App;
use crate::words;

words! {
    /// A part of the programme, in the order of the navigation.
    pub enum Area {
        /// What waits for the reader.
        Work = "work" / "Việc của tôi",
        /// Points of introduction and sale.
        Points = "points" / "Điểm bán",
        /// Products, their makers, where they are sold.
        Products = "products" / "Sản phẩm",
        /// Conferences, fairs, classes, tours.
        Events = "events" / "Sự kiện, đào tạo",
        /// Plans, totals, reports.
        Office = "office" / "Kế hoạch, báo cáo",
        /// What is decided and by which law.
        Papers = "papers" / "Văn bản",
        /// People, bodies, files, settings.
        Admin = "admin" / "Quản trị",
    }
}

/// A page of the navigation.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its part.
    pub area: Area,
    /// The page, whose route says who opens it.
    pub path: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Paths besides those below its own that belong to it.
    pub also: &'static [&'static str],
    /// A power that the body acted for has besides; whoever audits reads without.
    pub power: Option<&'static str>,
    /// Shown only to roles with one of these acts, where more may open the page than have use of it.
    pub acts: &'static [Act],
}

impl Entry {
    /// A page of an area.
    pub const fn new(area: Area, path: &'static str, name: &'static str) -> Entry {
        Entry { area, path, name, also: &[], power: None, acts: &[] }
    }

    /// Other paths at which it is the page one is at.
    pub const fn also(self, also: &'static [&'static str]) -> Entry {
        Entry { also, ..self }
    }

    /// Only in the name of a body with this power.
    pub const fn with_power(self, power: &'static str) -> Entry {
        Entry { power: Some(power), ..self }
    }

    /// Only for those with one of these acts.
    pub const fn for_acts(self, acts: &'static [Act]) -> Entry {
        Entry { acts, ..self }
    }

    /// How much of a path this entry accounts for: the longest wins.
    fn reach(&self, path: &str) -> Option<usize> {
        let paths = std::iter::once(&self.path).chain(self.also);
        paths.filter(|own| path == **own || path.strip_prefix(**own).is_some_and(|rest| rest.starts_with('/'))).map(|own| own.len()).max()
    }
}

/// All entries, as the program is put together.
pub struct Menu(pub &'static [Entry]);

/// The entries that an actor may open.
pub fn of(app: &App, actor: &Actor) -> Vec<Entry> {
    let Some(role) = actor.role() else { return Vec::new() };
    app.held::<Menu>().0.iter().filter(|entry| opens(app, entry, role, |power| actor.can(power))).copied().collect()
}

fn opens(app: &App, entry: &Entry, role: Role, can: impl Fn(&str) -> bool) -> bool {
    app.need(&Method::GET, entry.path).is_some_and(|need| need.allows(Some(role)))
        && entry.power.is_none_or(|power| can(power) || role.may(Act::Audit))
        && (entry.acts.is_empty() || entry.acts.iter().any(|act| role.may(*act)))
}

/// An area as the navigation shows it.
pub struct Part {
    /// Which.
    pub area: Area,
    /// Whether the reader is in it.
    pub is_here: bool,
    /// Its pages: where, name, whether the reader is there.
    pub pages: Vec<(&'static str, &'static str, bool)>,
}

/// The areas that have a page for the reader.
pub fn parts(entries: &[Entry], path: &str) -> Vec<Part> {
    let here = entries.iter().filter_map(|entry| Some((entry.reach(path)?, entry.path))).max().map(|(_, path)| path);
    let part = |area: Area| {
        let pages: Vec<_> =
            entries.iter().filter(|entry| entry.area == area).map(|entry| (entry.path, entry.name, here == Some(entry.path))).collect();
        Part { area, is_here: pages.iter().any(|(.., here)| *here), pages }
    };
    Area::ALL.iter().map(|area| part(*area)).filter(|part| !part.pages.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_entry_is_where_one_is() {
        let entries = [
            Entry::new(Area::Points, "/ho-so", "Hồ sơ").also(&["/khao-sat"]),
            Entry::new(Area::Points, "/kiem-tra", "Kiểm tra"),
            Entry::new(Area::Points, "/kiem-tra/phat-hien", "Phát hiện"),
        ];
        let at = |path: &str| {
            let parts = parts(&entries, path);
            parts[0].pages.iter().filter(|(.., here)| *here).map(|(path, ..)| *path).collect::<Vec<_>>()
        };
        assert_eq!(at("/kiem-tra/phat-hien/1"), ["/kiem-tra/phat-hien"]);
        assert_eq!(at("/kiem-tra"), ["/kiem-tra"]);
        assert_eq!(at("/khao-sat/1"), ["/ho-so"]);
        assert!(at("/ho-so-khac").is_empty(), "a path that only begins alike is another");
    }
}
