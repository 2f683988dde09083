//! What the lines of the journal speak of, by name.

use std::collections::HashMap;

use crate::db::{DbResult, Tx};
use crate::fetch_many;
use crate::journal::Entry;

/// A kind of thing in the journal.
pub struct Kind {
    /// Its word there.
    pub word: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Where it is seen: an address with `{}` for its id; empty where it has no page.
    pub(super) page: &'static str,
    /// Names by id; empty where the id is what it is called.
    names: &'static str,
}

/// All kinds, in the order of screens.
pub const KINDS: [Kind; 39] = [
    Kind {
        word: "point", name: "Điểm bán", page: "/ho-so/{}", names: "select id, code || ' – ' || name from point where id in ($1)"
    },
    Kind {
        word: "survey",
        name: "Phiếu khảo sát",
        page: "/khao-sat/{}",
        names: "select s.id, p.code || ' – ' || p.name from survey s join point p on p.id = s.point_id where s.id in ($1)",
    },
    Kind {
        word: "selection",
        name: "Quyết định lựa chọn",
        page: "/quyet-dinh/{}",
        names: "select id, 'Số ' || number from selection where id in ($1)",
    },
    Kind { word: "plan", name: "Kế hoạch", page: "/ke-hoach/{}", names: "select id, number from plan where id in ($1)" },
    Kind {
        word: "inspection",
        name: "Lần kiểm tra",
        page: "/kiem-tra/{}",
        names: "select s.id, p.code || ' – ' || p.name from inspection s join point p on p.id = s.point_id where s.id in ($1)",
    },
    Kind { word: "prospect", name: "Vận động", page: "/van-dong/{}", names: "select id, name from prospect where id in ($1)" },
    Kind {
        word: "call", name: "Đợt đề nghị", page: "/dot-de-nghi/{}", names: "select id, title from proposal_call where id in ($1)"
    },
    Kind {
        word: "product",
        name: "Sản phẩm",
        page: "/san-pham-ocop/{}",
        names: "select id, case when code = '' then name else code || ' – ' || name end from product where id in ($1)",
    },
    Kind {
        word: "connection",
        name: "Kết nối",
        page: "/ket-noi/{}",
        names: "select c.id, p.name from connection c join product p on p.id = c.product_id where c.id in ($1)",
    },
    Kind { word: "connection_result", name: "Kết quả bán", page: "", names: "" },
    Kind { word: "conference", name: "Hội nghị", page: "/hoi-nghi/{}", names: "select id, title from conference where id in ($1)" },
    Kind { word: "enrolment", name: "Đăng ký sản phẩm", page: "", names: "select id, name from enrolment where id in ($1)" },
    Kind { word: "enrolment_year", name: "Năm đăng ký sản phẩm", page: "", names: "" },
    Kind {
        word: "aid",
        name: "Hỗ trợ",
        page: "",
        names: "select a.id, b.name from aid a join body b on b.id = a.producer_id where a.id in ($1)",
    },
    Kind {
        word: "blank",
        name: "Phôi giấy chứng nhận",
        page: "",
        names: "select id, series || ' ' || cast(first as text) || '–' || cast(last as text) from blank_batch where id in ($1)",
    },
    Kind { word: "listing", name: "Tin trên cổng", page: "", names: "" },
    Kind { word: "outlet", name: "Cổng, trang đăng", page: "/cong-bo/{}", names: "select id, name from outlet where id in ($1)" },
    Kind { word: "chain", name: "Chuỗi bán lẻ", page: "/ket-noi/chuoi/{}", names: "select id, name from body where id in ($1)" },
    Kind {
        word: "criteria_set",
        name: "Bộ tiêu chí",
        page: "/bo-tieu-chi/{}",
        names: "select id, title from criteria_set where id in ($1)",
    },
    Kind {
        word: "dossier",
        name: "Hồ sơ đánh giá",
        page: "/ho-so-danh-gia/{}",
        names: "select d.id, p.name from dossier d join product p on p.id = d.product_id where d.id in ($1)",
    },
    Kind { word: "evidence", name: "Minh chứng", page: "", names: "select id, title from evidence where id in ($1)" },
    Kind {
        word: "panel", name: "Hội đồng, tổ công tác", page: "/hoi-dong/{}", names: "select id, name from panel where id in ($1)"
    },
    Kind { word: "procedure", name: "Quy chế hội đồng", page: "", names: "select id, title from procedure where id in ($1)" },
    Kind {
        word: "sitting", name: "Phiên đánh giá", page: "/phien-danh-gia/{}", names: "select id, title from sitting where id in ($1)"
    },
    Kind { word: "score_sheet", name: "Phiếu đánh giá", page: "/phieu-danh-gia/{}", names: "" },
    Kind { word: "law", name: "Danh mục của văn bản pháp luật", page: "", names: "" },
    Kind { word: "unit", name: "Đơn vị hành chính", page: "", names: "select id, full_name from unit where id in ($1)" },
    Kind { word: "instrument", name: "Văn bản pháp luật", page: "", names: "select id, number from instrument where id in ($1)" },
    Kind { word: "body", name: "Cơ quan, chủ thể", page: "/chu-the/{}", names: "select id, name from body where id in ($1)" },
    Kind {
        word: "body_question",
        name: "Chủ thể cần xác định",
        page: "/chu-the/can-xac-dinh/{}",
        names: "select id, name from body_question where id in ($1)",
    },
    Kind { word: "sign_in", name: "Tên đăng nhập không có", page: "", names: "" },
    Kind { word: "person", name: "Người dùng", page: "/nguoi-dung/{}", names: "select id, name from person where id in ($1)" },
    Kind { word: "team", name: "Tổ khảo sát, kiểm tra", page: "", names: "" },
    Kind { word: "handed", name: "Việc đã giao", page: "", names: "select id, title from handed where id in ($1)" },
    Kind { word: "setting", name: "Thông số", page: "/thong-so", names: "" },
    Kind { word: "day_off", name: "Ngày nghỉ", page: "/thong-so", names: "" },
    Kind {
        word: "craft_village",
        name: "Làng nghề",
        page: "/van-dong/lang-nghe",
        names: "select id, name from craft_village where id in ($1)",
    },
    Kind { word: "import", name: "Tệp nhập", page: "", names: "" },
    Kind { word: "store", name: "Kho dữ liệu", page: "", names: "" },
];

/// A kind by its word.
pub fn kind(word: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.word == word)
}

/// A thing that a line speaks of.
#[derive(Clone, Debug, Default)]
pub struct Thing {
    /// What kind of thing.
    pub kind: String,
    /// What it is called; its id where it has no name.
    pub name: String,
    /// Its page; empty where there is none.
    pub href: String,
}

/// What lines speak of, by kind and id.
pub type Things = HashMap<(String, String), Thing>;

/// The pair by which the journal speaks of what a line is about.
pub fn of(entry: &Entry) -> (String, String) {
    (entry.subject_kind.clone(), entry.subject_id.clone())
}

/// What things are called, by kind and id: one look-up a kind.
pub async fn things(tx: &mut Tx, asked: impl IntoIterator<Item = (String, String)>) -> DbResult<Things> {
    let mut things = Things::new();
    for (word, id) in asked {
        // a notice stands for a point on a portal
        if let Some((outlet, point)) = id.split_once('.').filter(|_| word == "listing") {
            things.entry(("outlet".to_owned(), outlet.to_owned())).or_default();
            things.entry(("point".to_owned(), point.to_owned())).or_default();
        }
        things.entry((word, id)).or_default();
    }
    for ((word, id), thing) in &mut things {
        let known = kind(word);
        thing.kind = known.map_or_else(|| word.clone(), |kind| kind.name.to_owned());
        thing.name = id.clone();
        thing.href = known.map(|kind| kind.page.replace("{}", &crate::page::query_escape(id))).unwrap_or_default();
    }
    for kind in KINDS.iter().filter(|kind| !kind.names.is_empty()) {
        let ids: Vec<String> = things.keys().filter(|(word, _)| word == kind.word).map(|(_, id)| id.clone()).collect();
        if ids.is_empty() {
            continue;
        }
        for (id, name) in fetch_many!(tx, (String, String), kind.names, ids)? {
            if let Some(thing) = things.get_mut(&(kind.word.to_owned(), id)) {
                thing.name = name;
            }
        }
    }
    let named = |things: &Things, kind: &str, id: &str| {
        things.get(&(kind.to_owned(), id.to_owned())).map_or_else(|| id.to_owned(), |thing| thing.name.clone())
    };
    let notices: Vec<String> = things.keys().filter(|(word, _)| word == "listing").map(|(_, id)| id.clone()).collect();
    for id in notices {
        let Some((outlet, point)) = id.split_once('.') else { continue };
        let (name, href) =
            (format!("{}: {}", named(&things, "outlet", outlet), named(&things, "point", point)), format!("/cong-bo/{outlet}"));
        if let Some(thing) = things.get_mut(&("listing".to_owned(), id.clone())) {
            (thing.name, thing.href) = (name, href);
        }
    }
    for ((_, id), thing) in things.iter_mut().filter(|((word, _), _)| word == "setting") {
        thing.name =
            crate::setting::KNOWN.all().iter().find(|known| known.name == *id).map_or_else(|| id.clone(), |known| known.vi.clone());
    }
    Ok(things)
}
