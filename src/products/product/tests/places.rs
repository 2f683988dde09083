//! Places of rows as lists write them, in the store: units of their day, goods of elsewhere, what stands under an old unit.

use std::sync::Arc;

use crate::access::{Role, Scope};
use crate::export::Export;
use crate::intake::{Order, Progress, Report};
use crate::point::sheet as points;
use crate::product::model::Product;
use crate::product::sheet::{Products, run};
use crate::product::store;
use crate::sheet::Format;
use crate::store_test;
use crate::testing::{TestApp, begin_day};
use crate::text::Tongue;

fn order(name: &str, bytes: &[u8], dry_run: bool) -> Order {
    Order { dry_run, good_rows: true, ..Order::new(bytes, name, ("system", "test")) }
}

/// Tries and writes a file of products; both say the same.
async fn import(app: &TestApp, name: &str, bytes: &[u8]) -> Report {
    let progress: Progress = Arc::new(|_, _, _| {});
    let tried = run(&app.app, order(name, bytes, true), progress.clone()).await.unwrap().unwrap();
    let written = run(&app.app, order(name, bytes, false), progress).await.unwrap().unwrap();
    let numbers = |report: &Report| {
        (
            report.total,
            report.summary.added,
            report.summary.changed,
            report.summary.unchanged,
            report.summary.skipped,
            report.warnings.len(),
        )
    };
    assert_eq!(numbers(&tried), numbers(&written), "{name}");
    written
}

async fn product(app: &TestApp, code: &str) -> Product {
    store::find_by_code(&mut app.db().read().await.unwrap(), code).await.unwrap().expect(code)
}

async fn unit(app: &TestApp, code: &str) -> String {
    product(app, code).await.unit_id.unwrap_or_default()
}

fn told(faults: &[crate::sheet::Fault]) -> String {
    faults.iter().map(|fault| fault.line(Tongue::Vi)).collect::<Vec<_>>().join("\n")
}

fn percent(text: &str) -> String {
    crate::page::query_escape(text)
}

async fn counted(app: &TestApp) -> i64 {
    store::counts(&mut app.db().read().await.unwrap()).await.unwrap().into_iter().map(|(.., n)| n).sum()
}

store_test! {
    async fn both_ways_of_placing_a_tone_are_one(app: TestApp) {
        let report = import(app, "p31-tones.csv", include_bytes!("../../../../tests/cases/imports/p31-tones.csv")).await;
        assert_eq!((report.summary.added, told(&report.summary.faults)), (53, String::new()));
        assert_eq!((unit(app, "T-P31-0").await.as_str(), unit(app, "T-P31-5").await.as_str()), ("00112.old", "00430.old"));
        assert_eq!(unit(app, "T-P31-48").await, "09988.2025", "there was no Hòa Lạc before");
    }

    async fn a_dash_parts_a_commune_from_its_district(app: TestApp) {
        let report = import(app, "p31d-dash.csv", include_bytes!("../../../../tests/cases/imports/p31d-dash.csv")).await;
        // "HTX Thử" of a ward that went into several: whether it is the one of a ward beside it is asked
        assert_eq!((report.summary.added, report.summary.waiting, told(&report.summary.faults)), (24, 6, String::new()));
        assert_eq!(unit(app, "T-P31D-1").await, "00004.old");
    }

    async fn units_in_every_way_of_writing_are_read_and_an_export_leads_back(app: TestApp) {
        let report = import(app, "p32-units.csv", include_bytes!("../../../../tests/cases/imports/p32-units.csv")).await;
        assert_eq!((report.summary.added, report.summary.waiting), (24, 1));
        assert!(report.summary.faults.len() == 1 && told(&report.summary.faults).contains("“Xã Phú Cường” có thể là: Xã Phú Cường, Huyện Sóc Sơn"), "{}", told(&report.summary.faults));
        for n in 0..8 {
            assert_eq!(unit(app, &format!("T-P32-{n}")).await, "00583.old", "T-P32-{n}");
        }
        assert_eq!((unit(app, "T-P32-20").await, unit(app, "T-P32-10").await), ("00577.old".into(), "10015.old".into()));
        assert!(told(&report.warnings).contains("thuộc Lâm Đồng; ghi xuất xứ Lâm Đồng"), "{}", told(&report.warnings));
        // an export leads back
        let mut tx = app.db().read().await.unwrap();
        let file = Export::new(Products::new(&app.app, &Scope::All), Format::Csv).whole(&mut tx).await.unwrap();
        drop(tx);
        let report = import(app, "xuat.csv", &file).await;
        assert_eq!((report.summary.added, report.summary.changed, told(&report.summary.faults)), (0, 0, String::new()), "{}", String::from_utf8_lossy(&file));
    }

    async fn codes_mean_the_unit_of_their_day(app: TestApp) {
        let report = import(app, "p33-codes-old.csv", include_bytes!("../../../../tests/cases/imports/p33-codes-old.csv")).await;
        assert_eq!((report.summary.added, report.summary.waiting, told(&report.summary.faults)), (10, 2, String::new()), "a code is never ambiguous, and what once existed is kept");
        assert_eq!((unit(app, "T-P33-0").await, unit(app, "T-P33-1").await, unit(app, "T-P33-7").await), ("00577.old".into(), "00025.old".into(), "00175.2025".into()));
    }

    async fn a_list_built_from_decisions_keeps_old_units_with_their_heirs(app: TestApp) {
        let report = import(app, "p50-ld-vi.csv", include_bytes!("../../../../tests/cases/imports/p50-ld-vi.csv")).await;
        assert!(report.warnings.iter().any(|note| note.text.vi.contains("Xã Tản Lĩnh, Huyện Ba Vì không còn từ 01/07/2025; giữ như đã ghi, nay là Xã Suối Hai")), "{}", told(&report.warnings));
        assert_eq!((unit(app, "T-P50-1").await, unit(app, "T-P50-2").await), ("00583.old".into(), "09700.2025".into()));
    }

    async fn goods_of_elsewhere_are_shown_with_their_origin_and_counted_nowhere(app: TestApp) {
        let day = crate::text::date_vi(begin_day());
        let file = format!(
            "Mã sản phẩm,Tên sản phẩm,Chủ thể,\"Xã, phường\",\"Tỉnh, thành phố\",Nhóm sản phẩm,Hạng sao,Số quyết định,Ngày công nhận\n\
             H-1,Gốm của ta,HTX Một,Xã Bát Tràng,Hà Nội,craft,4,1/QĐ,{day}\n\
             H-2,Chè nơi khác,HTX Hai,,Bắc Kạn,drink,4,1/QĐ,{day}\n\
             19-05443-1-2026,Bánh nơi khác,HTX Ba,\"Phường Từ Sơn, tỉnh Bắc Ninh\",,food,3,1/QĐ,{day}\n\
             H-4,Cà phê nước bạn,Công ty Bốn,,Lào,drink,4,1/QĐ,{day}\n"
        );
        let report = import(app, "noi-khac.csv", file.as_bytes()).await;
        assert_eq!((report.summary.added, told(&report.summary.faults)), (4, String::new()));
        let notes = told(&report.warnings);
        assert!(notes.contains("“Bắc Kạn” từ 01/07/2025 là Thái Nguyên") && notes.contains("“Lào” không có trong danh sách tỉnh"), "{notes}");
        assert_eq!(product(app, "H-2").await.origin, "Thái Nguyên");
        assert_eq!(product(app, "19-05443-1-2026").await.origin, "Bắc Ninh", "codes of other provinces are kept");
        assert_eq!((product(app, "H-1").await.origin, counted(app).await), (String::new(), 1));
        let nobody = app.client();
        let list = nobody.get("/san-pham").await.expect(200);
        assert!(list.body.contains("1 sản phẩm còn hiệu lực · 3 của nơi khác") && list.body.contains("xuất xứ Lào"), "{}", list.body);
        let only = nobody.get("/san-pham?origin=elsewhere").await.expect(200);
        assert!(!only.body.contains("Gốm của ta") && only.body.contains("Chè nơi khác"));
        let ours = nobody.get("/san-pham?origin=here").await.expect(200);
        assert!(ours.body.contains("Gốm của ta") && !ours.body.contains("Chè nơi khác"));
        let slug = product(app, "H-4").await.slug;
        nobody.get(&format!("/san-pham/{slug}")).await.expect(200).says("xuất xứ Lào");
        // on screen: entered, seen, turned into one of here and back; the counters follow
        let keeper = app.sign_in_as("sanpham@ocop.example").await;
        let fields = |origin: &'static str, unit: &'static str| [("name", "Mật ong"), ("group", "food"), ("producer", "HTX Mật"), ("producer_kind", "cooperative"), ("origin", origin), ("unit", unit)];
        let id = keeper.post("/san-pham-ocop/moi", &fields("Sơn La", "")).await.expect(303).location().split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
        keeper.get(&format!("/san-pham-ocop/{id}")).await.expect(200).says("không tính vào sản phẩm của địa bàn");
        assert_eq!(counted(app).await, 1);
        keeper.post("/san-pham-ocop/moi", &fields("", "")).await.expect(422).says("Chưa có xã, phường");
        let path = format!("/san-pham-ocop/{id}/sua");
        let version = keeper.get(&path).await.expect(200).value("version");
        let mut changed = fields("", "Xã Bát Tràng").to_vec();
        changed.push(("version", version.as_str()));
        keeper.post(&path, &changed).await.expect(303);
        let stored = store::find(&mut app.db().read().await.unwrap(), &id).await.unwrap().unwrap();
        assert_eq!((stored.origin.as_str(), stored.unit_id.as_deref(), counted(app).await), ("", Some("00577.2025"), 2));
        let version = keeper.get(&path).await.expect(200).value("version");
        let mut changed = fields("", "Xã Mường Bú, tỉnh Sơn La").to_vec();
        changed.push(("version", version.as_str()));
        keeper.post(&path, &changed).await.expect(303);
        let stored = store::find(&mut app.db().read().await.unwrap(), &id).await.unwrap().unwrap();
        assert_eq!((stored.origin.as_str(), stored.unit_id, counted(app).await), ("Sơn La", None, 1), "a unit that names another province is its origin");
        let register = keeper.get("/san-pham-ocop?origin=elsewhere").await.expect(200);
        assert!(register.body.contains("Xuất xứ Sơn La") && !register.body.contains("Gốm của ta"));
    }

    async fn what_stands_under_an_old_unit_is_offered_where_todays_has_no_hits(app: TestApp) {
        let file = "Mã điểm,Tên điểm,\"Xã, phường\",Trạng thái,Ngày khai trương\nD-1,Chợ cũ,Quận Hoàn Kiếm,operating,2021-03-04\nD-2,Quầy cũ,\"Phường Hàng Bài, Quận Hoàn Kiếm\",operating,2021-03-04\n";
        let report = points::run(&app.app, order("diem.csv", file.as_bytes(), false), Arc::new(|_, _, _| {})).await.unwrap().unwrap();
        assert_eq!(report.summary.added, 2, "{}", told(&report.summary.faults));
        let product = "Mã sản phẩm,Tên sản phẩm,\"Xã, phường\",Hạng sao,Số quyết định,Ngày công nhận\nS-1,Gốm,Huyện Gia Lâm,4,1/QĐ,2025-03-04\n";
        assert_eq!(import(app, "sp.csv", product.as_bytes()).await.summary.added, 1);
        let (nobody, leader) = (app.client(), app.sign_in(Role::LEADER).await);
        for (client, path, unit, text) in [
            (&nobody, "/diem-ban", "Hoàn Kiếm", "2 điểm ở quận Hoàn Kiếm (cũ)"),
            (&leader, "/ho-so", "Phường Hoàn Kiếm", "2 hồ sơ ở quận Hoàn Kiếm (cũ)"),
        ] {
            let page = client.get(&format!("{path}?unit={}", percent(unit))).await.expect(200);
            let has_hits = page.body.contains("Quầy cũ") || page.body.contains("Chợ cũ");
            assert!(has_hits || page.body.contains(text), "{path}: {}", page.body);
        }
        for (client, path) in [(&nobody, "/san-pham"), (&leader, "/san-pham-ocop")] {
            let page = client.get(&format!("{path}?unit={}", percent("Xã Gia Lâm"))).await.expect(200);
            assert!(page.body.contains("S-1") || page.body.contains(">Gốm<") || page.body.contains("1 sản phẩm ở huyện Gia Lâm (cũ)"), "{path}: {}", page.body);
        }
    }
}
