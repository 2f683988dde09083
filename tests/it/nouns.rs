//! Every noun whose rows are a matter of scope: how rows come to be, which pages show one, which lists and files show many,
//! and who may see a row, written here once more from the paper and not from the code.

use ocop::access::Role;

use crate::make::{self, Made};
use crate::world::{HA_DONG, Row, Who, World};

/// A page of one row, and what somebody gets who may see the row and passes the route's need. Below `/api/` a program asks.
pub struct Page(pub &'static str, pub fn(&Who, &Row) -> u16);

/// A page of many rows: its address, what of a row it shows, and who finds the row there; none: whoever may see it.
pub struct List(pub &'static str, pub &'static str, pub Option<fn(&Who, &Row) -> bool>);

/// A noun.
pub struct Noun {
    /// Its name in `docs/glossary.md`.
    pub name: &'static str,
    /// Makes its rows.
    pub make: for<'w> fn(&'w World<'w>) -> Made<'w>,
    /// Pages of a row, as routes name them.
    pub pages: &'static [Page],
    /// Lists and files.
    pub lists: &'static [List],
    /// The paper's rule.
    pub may_see: fn(&Who, &Row) -> bool,
}

/// The map of all that lies in and around the city.
const MAP: &str = "/ban-do/ho-so.geojson?bbox=105,20,107,22&zoom=16";

/// Pages that ask for a power of the body acted for, before any row: who has it.
pub const POWERS: &[(&str, fn(&Who) -> bool)] = &[
    ("/van-dong/{id}/sua", nominates),
    ("/dot-de-nghi/{id}/cong-van.pdf", calls),
    ("/dot-de-nghi/{id}/sua", calls),
    ("/phoi-giay", |who| who.is_of_the_city() && who.role == Role::AUDITOR),
];

/// The paper's rule: the city sees all; a unit sees what lies in it, lay in what it took over, or may lie in it; a business
/// or association sees what is its own.
fn usual(who: &Who, row: &Row) -> bool {
    match who.role {
        Role::BUSINESS | Role::ASSOCIATION => row.bodies.iter().any(|body| body == who.body),
        Role::COUNCIL_MEMBER => false,
        _ => who.is_of_the_city() || who.unit.is_some_and(|unit| row.units.iter().any(|known| known == unit)),
    }
}

fn ok(_: &Who, _: &Row) -> u16 {
    200
}

/// The point is seen, and not in the state that the page is about.
fn not_now(_: &Who, _: &Row) -> u16 {
    409
}

/// Whoever keeps a place keeps what is in it.
fn of_the_place(who: &Who, row: &Row) -> u16 {
    if who.is_of_the_city() || row.units.iter().any(|unit| Some(unit.as_str()) == who.unit) { 200 } else { 403 }
}

/// A body that may not nominate does not write here.
fn nominates(who: &Who) -> bool {
    !(who.role == Role::ASSOCIATION && who.body == "demo-coso")
}

/// The city's people who see the answers of everybody.
fn oversees(who: &Who) -> bool {
    who.is_of_the_city() && matches!(who.role, Role::SURVEYOR | Role::LEADER | Role::AUDITOR)
}

/// Whether a call went to somebody's body or commune.
fn is_asked(who: &Who, row: &Row) -> bool {
    row.kind == "issued"
        && matches!(who.role, Role::COMMUNE | Role::ASSOCIATION | Role::SURVEYOR | Role::LEADER)
        && (row.bodies.iter().any(|body| body == who.body)
            || who.role == Role::COMMUNE && row.units.iter().any(|unit| Some(unit.as_str()) == who.unit))
}

/// The answers of everybody to a call that was issued.
fn answers(who: &Who, row: &Row) -> u16 {
    if oversees(who) && row.kind == "issued" { 200 } else { 404 }
}

/// Whoever issues calls: the office whose call it is, for the whole city.
fn calls(who: &Who) -> bool {
    oversees(who) && who.role != Role::AUDITOR
}

fn in_its_place(who: &Who, row: &Row) -> bool {
    !who.is_of_a_body() && usual(who, row)
}

/// Owners are approached by these.
fn mobilises(who: &Who, row: &Row) -> bool {
    usual(who, row) && matches!(who.role, Role::COMMUNE | Role::SURVEYOR | Role::LEADER | Role::ASSOCIATION | Role::AUDITOR)
}

fn everybody(_: &Who, _: &Row) -> bool {
    true
}

/// All nouns.
pub const NOUNS: &[Noun] = &[
    Noun {
        name: "draft",
        make: make::drafts,
        pages: &[Page("/ho-so/{id}", ok), Page("/ho-so/{id}/sua", ok)],
        lists: &[
            List("/ho-so?page_size=100", "/ho-so/{id}", None),
            List("/xuat/diem.csv?tat-ca=1", "{name}", None),
            List("/api/v1/points?limit=100", "{name}", None),
        ],
        may_see: usual,
    },
    Noun {
        name: "point",
        make: make::points,
        pages: &[
            Page("/ho-so/{id}", ok),
            Page("/ho-so/{id}/chuan-bi", ok),
            Page("/ho-so/{id}/don-vi-van-hanh", |who, _| if who.role == Role::BUSINESS { 409 } else { 200 }),
            Page("/ho-so/{id}/giay-moi.pdf", not_now),
            Page("/ho-so/{id}/giay-to", ok),
            Page("/ho-so/{id}/ho-so.pdf", ok),
            Page("/ho-so/{id}/hoi-ke", |who, row| if who.role == Role::BUSINESS && row.kind != "run" { 403 } else { 200 }),
            Page("/ho-so/{id}/hop", ok),
            Page("/ho-so/{id}/huong-dan.pdf", not_now),
            Page("/ho-so/{id}/khac-phuc", |who, _| if nominates(who) { 409 } else { 403 }),
            Page("/ho-so/{id}/khao-sat/moi", not_now),
            Page("/ho-so/{id}/kiem-tra", ok),
            Page("/ho-so/{id}/lich-su", ok),
            Page("/ho-so/{id}/nhan-ke.pdf", not_now),
            Page("/ho-so/{id}/phu-trach", ok),
            Page("/ho-so/{id}/van-hanh", ok),
            Page("/ghep-noi/diem/{id}", ok),
            // figures of sales are of who sells, not of who nominated it
            Page("/ket-qua/noi/{place}", |who, row| if who.is_of_a_body() && row.kind != "run" { 404 } else { 200 }),
            Page("/api/v1/points/{code}/history", ok),
        ],
        lists: &[
            List("/ho-so?page_size=100", "/ho-so/{id}", None),
            List("/xuat/diem.csv", "{name}", None),
            List("/xuat/diem.geojson", "{name}", None),
            // the register of a day is of points that are public
            List("/so-diem.csv", "{name}", Some(everybody)),
            List("/so-diem.geojson", "{name}", Some(everybody)),
            List("/kiem-tra", "{name}", Some(in_its_place)),
            List(MAP, "{name}", Some(|who, row| usual(who, row) && row.path.iter().any(|(name, _)| *name == "pin"))),
        ],
        may_see: usual,
    },
    Noun {
        name: "product",
        make: make::products,
        pages: &[
            Page("/san-pham-ocop/{id}", ok),
            Page("/san-pham-ocop/{id}/nhan.pdf", ok),
            // the keeper of the register is another office
            Page("/san-pham-ocop/{id}/sua", |who, _| {
                if matches!(who.role, Role::LEADER | Role::SURVEYOR | Role::PRODUCT_KEEPER) { 403 } else { 200 }
            }),
            Page("/ghep-noi/san-pham/{id}", ok),
        ],
        lists: &[List("/san-pham-ocop?page_size=100", "/san-pham-ocop/{id}", None), List("/xuat/san-pham.csv", "{name}", None)],
        may_see: usual,
    },
    Noun {
        name: "survey",
        make: make::surveys,
        pages: &[Page("/khao-sat/{id}", ok), Page("/khao-sat/{id}/phieu.pdf", not_now)],
        lists: &[],
        may_see: usual,
    },
    Noun {
        name: "inspection",
        make: make::inspections,
        pages: &[Page("/kiem-tra/{id}", ok), Page("/kiem-tra/{id}/bien-ban.pdf", ok), Page("/kiem-tra/{id}/ke", ok)],
        lists: &[],
        may_see: usual,
    },
    Noun {
        name: "finding",
        make: make::findings,
        pages: &[Page("/kiem-tra/phat-hien/{id}", ok)],
        lists: &[List("/kiem-tra/phat-hien", "/kiem-tra/phat-hien/{id}", None)],
        may_see: usual,
    },
    Noun {
        name: "meeting",
        make: make::meetings,
        pages: &[Page("/hop/{id}", ok), Page("/hop/{id}/bien-ban.pdf", ok), Page("/hop/{id}/sua", ok)],
        lists: &[],
        may_see: usual,
    },
    Noun {
        name: "selection",
        make: make::decisions,
        pages: &[Page("/quyet-dinh/{id}", ok), Page("/lua-chon/{file}", ok)],
        lists: &[],
        may_see: usual,
    },
    Noun {
        name: "prospect",
        make: make::prospects,
        pages: &[Page("/van-dong/{id}", ok), Page("/van-dong/{id}/sua", ok)],
        lists: &[List("/van-dong", "/van-dong/{id}", None), List(MAP, "{name}", Some(mobilises))],
        may_see: usual,
    },
    Noun {
        name: "call",
        make: make::calls,
        pages: &[
            Page("/dot-de-nghi/{id}", |who, _| if oversees(who) { 200 } else { 303 }),
            Page("/dot-de-nghi/{id}/cong-van.pdf", |_, row| if row.kind == "issued" { 200 } else { 409 }),
            Page("/dot-de-nghi/{id}/sua", |_, row| if row.kind == "issued" { 409 } else { 200 }),
            Page("/dot-de-nghi/{id}/tra-loi", |who, row| if is_asked(who, row) { 200 } else { 404 }),
            Page("/dot-de-nghi/{id}/tra-loi.csv", answers),
            Page("/dot-de-nghi/{id}/tra-loi.xlsx", answers),
        ],
        lists: &[List("/dot-de-nghi", "{name}", Some(|who, row| oversees(who) || is_asked(who, row)))],
        // whoever was asked, and the city's people; a draft is of the office that writes it
        may_see: |who, row| is_asked(who, row) || oversees(who) && (row.kind == "issued" || calls(who)),
    },
    Noun {
        name: "aid",
        make: make::aids,
        pages: &[Page("/ho-tro-chu-the/{id}", ok)],
        lists: &[List("/ho-tro-chu-the", "/ho-tro-chu-the/{id}", None)],
        may_see: usual,
    },
    Noun {
        name: "enrolment",
        make: make::enrolments,
        pages: &[
            Page("/dang-ky-san-pham/{id}", ok),
            Page("/dang-ky-san-pham/{id}/sua", |_, row| if row.kind.is_empty() { 409 } else { 200 }),
        ],
        lists: &[
            List("/dang-ky-san-pham?nam=2026&page_size=100", "/dang-ky-san-pham/{id}", None),
            List("/dang-ky-san-pham/danh-sach.csv?nam=2026", "{name}", None),
        ],
        // a draft is of the side that writes it
        may_see: |who, row| {
            usual(who, row)
                && match row.kind {
                    "producer" => who.role == Role::BUSINESS,
                    "commune" => who.role == Role::COMMUNE,
                    _ => true,
                }
        },
    },
    Noun {
        name: "connection",
        make: make::connections,
        pages: &[Page("/ket-noi/{id}", ok)],
        lists: &[List("/ket-noi?page_size=100", "/ket-noi/{id}", None)],
        may_see: usual,
    },
    Noun {
        name: "result",
        make: make::results,
        pages: &[Page("/ket-qua/{connection}", ok)],
        // sums of a unit count what surely lies in it
        lists: &[List(
            "/ket-qua?thang=2026-10",
            "{point}",
            Some(|who, row| usual(who, row) && (row.kind != "perhaps" || who.unit != Some(HA_DONG))),
        )],
        may_see: usual,
    },
    Noun { name: "takedown", make: make::takedowns, pages: &[], lists: &[List("/ket-noi/go", "{name}", None)], may_see: usual },
    Noun {
        name: "conference",
        make: make::conferences,
        pages: &[
            Page("/hoi-nghi/{id}", ok),
            Page("/hoi-nghi/{id}/khach", ok),
            Page("/hoi-nghi/{id}/sua", of_the_place),
            Page("/hoi-nghi/{id}/ket-qua/{outcome}", of_the_place),
        ],
        lists: &[List("/hoi-nghi", "{name}", None)],
        // what the city holds is known to each unit; bodies see what they are guests of
        may_see: |who, row| usual(who, row) || (row.kind == "city" && !who.is_of_a_body()),
    },
    Noun {
        name: "outlet",
        make: make::outlets,
        pages: &[Page("/cong-bo/{outlet}", ok), Page("/cong-bo/{outlet}/sua", ok), Page("/cong-bo/{outlet}/cho-dang.xlsx", ok)],
        lists: &[List("/cong-bo", "{name}", None)],
        may_see: usual,
    },
    Noun {
        name: "blank",
        make: make::blanks,
        pages: &[],
        lists: &[List("/phoi-giay", "{name}", None)],
        // certificates are given by the city: of those tried here its auditor only reads
        may_see: |who, _| who.is_of_the_city() && who.role == Role::AUDITOR,
    },
    Noun {
        name: "producer",
        make: make::producers,
        pages: &[Page("/chu-the/{id}", ok)],
        lists: &[List("/chu-the?page_size=100", "/chu-the/{id}", None)],
        may_see: usual,
    },
    Noun {
        name: "dossier",
        make: make::dossiers,
        pages: &[
            Page("/ho-so-danh-gia/{id}", ok),
            Page("/ho-so-danh-gia/{id}/muc/{no}", |_, _| 404),
            // who represents the producer is read by it and by whoever has the case: the commune, until it proposed
            Page(
                "/ho-so-danh-gia/{id}/nguoi-dai-dien",
                |who, _| if matches!(who.role, Role::BUSINESS | Role::COMMUNE) { 200 } else { 403 },
            ),
            Page("/ho-so-danh-gia/{id}/mau-01.pdf", ok),
            Page("/ho-so-danh-gia/{id}/mau-02.pdf", ok),
            // what a commune wrote so far it may print; others read it once it was reported
            Page("/ho-so-danh-gia/{id}/mau-03.pdf", |who, _| if who.role == Role::COMMUNE { 200 } else { 404 }),
            Page("/ho-so-danh-gia/{id}/mau-01.docx", ok),
            Page("/ho-so-danh-gia/{id}/mau-02.docx", ok),
            Page("/ho-so-danh-gia/{id}/mau-03.docx", |who, _| if who.role == Role::COMMUNE { 200 } else { 404 }),
        ],
        lists: &[List("/ho-so-danh-gia?page_size=100", "/ho-so-danh-gia/{id}", None)],
        // a draft is of its producer; others read it once it was sent
        may_see: |who, row| {
            !matches!(who.role, Role::ASSOCIATION | Role::INSPECTOR | Role::ADMINISTRATOR)
                && usual(who, row)
                && (row.kind != "draft" || who.role == Role::BUSINESS)
        },
    },
    Noun { name: "attachment", make: make::papers, pages: &[Page("/tep/{id}", ok)], lists: &[], may_see: usual },
];

/// Pages of one thing that are no matter of place: each with its reason.
pub const NO_SCOPE: &[(&str, &str)] = &[
    ("/bo-tieu-chi/", "law is the same everywhere"),
    ("/phieu-danh-gia/", "law is the same everywhere"),
    ("/co-quan/{id}", "the register of agencies is read by all staff"),
    ("/phien-danh-gia/{id}", "sittings are of the city and conducted by its office"),
    ("/phien-cua-toi/{id}", "a sitting is of those who sit in it, whatever their unit; a story of its own holds that"),
    ("/hoi-dong/{id}", "councils and teams are of the city, and read by its offices"),
    ("/ke-hoach/{id}", "plans of the city are read by whoever is bound by them"),
    ("/nguoi-dung/{id}", "people are kept by administrators, who are of the whole city"),
    ("/nhap/", "files that were handed in are watched by role and kind of file"),
    ("/nhat-ky/{kind}/{id}", "the journal is read by administrator and auditor only"),
    ("/ket-noi/chuoi/{id}", "chains of supermarkets are known to everybody who connects"),
    ("/cong-bo/{outlet}/bang/{answer}", "a file that was compared waits for whoever sent it"),
    ("/chu-the/{id}/nhap-vao/{other}", "whoever may join bodies compares any two"),
    ("/chu-the/{id}/ke-thua", "whoever may join bodies says what became of any"),
    ("/chu-the/can-xac-dinh/{id}", "names that may be known bodies are answered by whoever imports"),
];

/// Whether a page is covered without a noun.
pub fn has_reason(path: &str) -> bool {
    NO_SCOPE.iter().any(|(begin, _)| path.starts_with(begin))
}
