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
    page: &'static str,
    /// Names by id; empty where the id is what it is called.
    names: &'static str,
}

/// All kinds, in the order of screens.
pub const KINDS: [Kind; 27] = [
    Kind { word: "point", name: "Điểm bán", page: "/ho-so/{}", names: "select id, code || ' – ' || name from point where id in ($1)" },
    Kind { word: "survey", name: "Phiếu khảo sát", page: "/khao-sat/{}", names: "select s.id, p.code || ' – ' || p.name from survey s join point p on p.id = s.point_id where s.id in ($1)" },
    Kind { word: "selection", name: "Quyết định lựa chọn", page: "/quyet-dinh/{}", names: "select id, 'Số ' || number from selection where id in ($1)" },
    Kind { word: "plan", name: "Kế hoạch", page: "/ke-hoach/{}", names: "select id, number from plan where id in ($1)" },
    Kind { word: "inspection", name: "Lần kiểm tra", page: "/kiem-tra/{}", names: "select s.id, p.code || ' – ' || p.name from inspection s join point p on p.id = s.point_id where s.id in ($1)" },
    Kind { word: "prospect", name: "Vận động", page: "/van-dong/{}", names: "select id, name from prospect where id in ($1)" },
    Kind { word: "call", name: "Đợt đề nghị", page: "/dot-de-nghi/{}", names: "" },
    Kind { word: "product", name: "Sản phẩm", page: "/san-pham-ocop/{}", names: "select id, case when code = '' then name else code || ' – ' || name end from product where id in ($1)" },
    Kind { word: "connection", name: "Kết nối", page: "/ket-noi/{}", names: "select c.id, p.name from connection c join product p on p.id = c.product_id where c.id in ($1)" },
    Kind { word: "connection_result", name: "Kết quả bán", page: "", names: "" },
    Kind { word: "conference", name: "Hội nghị", page: "/hoi-nghi/{}", names: "select id, title from conference where id in ($1)" },
    Kind { word: "enrolment", name: "Đăng ký sản phẩm", page: "", names: "select id, name from enrolment where id in ($1)" },
    Kind { word: "enrolment_year", name: "Năm đăng ký sản phẩm", page: "", names: "" },
    Kind { word: "aid", name: "Hỗ trợ", page: "", names: "" },
    Kind { word: "blank", name: "Phôi giấy chứng nhận", page: "", names: "" },
    Kind { word: "listing", name: "Tin trên cổng", page: "", names: "" },
    Kind { word: "outlet", name: "Cổng, trang đăng", page: "/cong/{}", names: "select id, name from outlet where id in ($1)" },
    Kind { word: "chain", name: "Chuỗi bán lẻ", page: "/ket-noi/chuoi/{}", names: "select id, name from body where id in ($1)" },
    Kind { word: "criteria_set", name: "Bộ tiêu chí", page: "/bo-tieu-chi/{}", names: "select id, title from criteria_set where id in ($1)" },
    Kind { word: "instrument", name: "Văn bản pháp luật", page: "", names: "select id, number from instrument where id in ($1)" },
    Kind { word: "body", name: "Cơ quan, chủ thể", page: "/chu-the/{}", names: "select id, name from body where id in ($1)" },
    Kind { word: "body_question", name: "Chủ thể cần xác định", page: "/chu-the/can-xac-dinh/{}", names: "select id, name from body_question where id in ($1)" },
    Kind { word: "sign_in", name: "Tên đăng nhập không có", page: "", names: "" },
    Kind { word: "person", name: "Người dùng", page: "/nguoi-dung/{}", names: "select id, name from person where id in ($1)" },
    Kind { word: "team", name: "Tổ khảo sát, kiểm tra", page: "", names: "" },
    Kind { word: "setting", name: "Thông số", page: "/thong-so", names: "" },
    Kind { word: "import", name: "Tệp nhập", page: "", names: "" },
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

/// Names what lines speak of: one look-up a kind.
pub async fn things(tx: &mut Tx, entries: &[Entry]) -> DbResult<Things> {
    let mut things = Things::new();
    for entry in entries {
        let known = kind(&entry.subject_kind);
        let thing = Thing {
            kind: known.map_or_else(|| entry.subject_kind.clone(), |kind| kind.name.to_owned()),
            name: entry.subject_id.clone(),
            href: known.map(|kind| kind.page.replace("{}", &crate::page::query_escape(&entry.subject_id))).unwrap_or_default(),
        };
        things.entry((entry.subject_kind.clone(), entry.subject_id.clone())).or_insert(thing);
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
    Ok(things)
}
