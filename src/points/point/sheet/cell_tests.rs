//! Files with one fault in their cells, and what is right (`tests/cases/imports`), on both stores.

use std::sync::Arc;

use super::*;
use crate::access::Scope;
use crate::export::{Export, FileKind};
use crate::point::model::{Point, State};
use crate::point::store;
use crate::sheet::{Column, Format, Value, Writer};
use crate::store_test;
use crate::testing::TestApp;

fn order(bytes: Vec<u8>, file: &str) -> Order {
    Order::new(bytes, file, ("system", "test"))
}

fn case(name: &str) -> Order {
    let path = format!("{}/tests/cases/imports/{name}", env!("CARGO_MANIFEST_DIR"));
    order(std::fs::read(path).unwrap(), name)
}

async fn import(app: &TestApp, order: Order) -> Report {
    run(&app.app, order, Arc::new(|_, _, _| {})).await.unwrap().map_err(|text| text.vi.into_owned()).unwrap()
}

/// Added, changed, unchanged, skipped.
fn counts(report: &Report) -> [usize; 4] {
    let summary = &report.summary;
    [summary.added, summary.changed, summary.unchanged, summary.skipped]
}

fn lines(faults: &[crate::sheet::Fault]) -> Vec<String> {
    faults.iter().map(|fault| fault.line(Tongue::Vi)).collect()
}

fn says(lines: &[String], part: &str) -> bool {
    lines.iter().any(|line| line.contains(part))
}

async fn point(app: &TestApp, code: &str) -> Point {
    store::find_by_code(&mut app.db().read().await.unwrap(), code).await.unwrap().expect(code)
}

store_test! {
    async fn a_second_sheet_is_told_and_can_be_chosen(app: TestApp) {
        let report = import(app, case("d18-two-sheets.xlsx")).await;
        assert_eq!(counts(&report), [1, 0, 0, 0], "{:?}", lines(&report.summary.faults));
        assert!(says(&lines(&report.warnings), "CHƯA ĐỌC 1 dòng ở trang tính “Huyện Gia Lâm”"), "{:?}", lines(&report.warnings));
        let report = import(app, Order { sheet: "huyện gia lâm".into(), ..case("d18-two-sheets.xlsx") }).await;
        assert_eq!(counts(&report), [1, 0, 0, 0]);
        assert_eq!(point(app, "T-D18-B").await.state, State::Operating);
    }

    async fn headings_sums_and_signatures_are_no_points(app: TestApp) {
        let report = import(app, case("d42-sections.xlsx")).await;
        assert_eq!((counts(&report), report.total), ([2, 0, 0, 0], 2), "{:?}", lines(&report.summary.faults));
        let told = lines(&report.warnings);
        assert!(says(&told, "dòng 3: “I QUẬN HÀ ĐÔNG” được coi là tên mục") && says(&told, "dòng 7: “Tổng cộng: 02 điểm” được coi là dòng cộng"), "{told:?}");
        assert!(says(&told, "dòng 9: “Người lập biểu Thủ trưởng đơn vị” được coi là ghi chú hoặc chữ ký"), "{told:?}");
    }

    async fn numbers_and_moments_are_read_as_in_the_other_register(app: TestApp) {
        let report = import(app, order("Mã điểm;Tên điểm;Xã, phường;Kinh độ;Vĩ độ;Diện tích (m²);Ngày khai trương;Mã số thuế;Đơn vị vận hành;Trạng thái\nE-1;Một;Xã Bát Tràng;105,912;20.971;1.200;2026-06-19T17:00:00.000Z;100109106;HTX Một;Đang hoạt động\nE-2;Hai;Xã Bát Tràng;—;-;120,5 m²;19/06/2026 08:30;;HTX Hai;Đang hoạt động\n".into(), "a.csv")).await;
        assert_eq!(counts(&report), [2, 0, 0, 0], "{:?}", lines(&report.summary.faults));
        let (one, two) = (point(app, "E-1").await, point(app, "E-2").await);
        assert_eq!((one.lon, one.lat, one.area_m2, one.opened_on.unwrap().to_string().as_str()), (Some(105.912), Some(20.971), Some(1200.0), "2026-06-20"));
        assert_eq!((two.lon, two.area_m2, two.opened_on.unwrap().to_string().as_str()), (None, Some(120.5), "2026-06-19"));
        assert!(says(&lines(&report.warnings), "“100109106” thiếu số 0 ở đầu, đọc là 0100109106"), "{:?}", lines(&report.warnings));
    }

    async fn three_decimals_of_a_number_are_no_thousands_on_any_way(app: TestApp) {
        let mut writer = Writer::new(Format::Xlsx, "x", ["code", "name", "area_m2", "unit"].map(|name| Column::new(name, 9.0)).to_vec()).unwrap();
        writer.row(&[Value::from("F-1"), Value::from("Một"), Value::Float(45.125), Value::from("Xã Bát Tràng")]).unwrap();
        import(app, order(writer.finish().unwrap(), "a.xlsx")).await;
        assert_eq!(point(app, "F-1").await.area_m2, Some(45.125));
        let mut tx = app.db().read().await.unwrap();
        let csv = Export::new(Points::new(&app.app, Scope::All, true), FileKind::Csv).whole(&mut tx).await.unwrap();
        let xlsx = Export::new(Points::new(&app.app, Scope::All, true), FileKind::Xlsx).whole(&mut tx).await.unwrap();
        drop(tx);
        assert!(String::from_utf8_lossy(&csv).contains(",45.1250,"));
        for (bytes, file) in [(csv, "a.csv"), (xlsx, "a.xlsx")] {
            let report = import(app, order(bytes, file)).await;
            assert_eq!([report.summary.added, report.summary.changed, report.summary.skipped], [0, 0, 0], "{file}: {:?}", lines(&report.summary.faults));
        }
    }

    async fn refusals_speak_the_readers_language_and_bad_rows_come_back(app: TestApp) {
        let bad = order("code,name,kind,state,counted_by\nG-1,Một,quán cóc,Đang hoạt động,thành phố\nG-2,Hai,Làng nghề,Được lựa chọn,bộ\nG-3,Ba,Làng nghề,Đang hoạt động,xã\n".into(), "a.csv");
        let taken = bad.taken(LAYOUT);
        let report = import(app, bad).await;
        let told = lines(&report.summary.faults);
        assert!(says(&told, "“Trung tâm thương mại, siêu thị, chợ”") && says(&told, "“Địa điểm tiềm năng”, “Đang lập hồ sơ”") && says(&told, "“thành phố, bộ”"), "{told:?}");
        assert!(!told.iter().any(|line| line.contains("mall_market") || line.contains("operating") || line.contains("ministry")), "{told:?}");
        assert!(taken.bad_rows(&report).await.unwrap().is_some());
    }

    async fn the_template_has_lists_and_an_example_that_is_not_read(app: TestApp) {
        let bytes = crate::point::sheet::export::template(app.region(), crate::testing::begin_day()).unwrap();
        let report = import(app, order(bytes, "mau.xlsx")).await;
        assert_eq!((counts(&report), report.total), ([0, 0, 0, 0], 0), "{:?}", lines(&report.summary.faults));
        assert!(says(&lines(&report.warnings), "dòng 2: dòng ví dụ của tệp mẫu"), "{:?}", lines(&report.warnings));
    }
}
