mod vague;

use std::sync::Arc;

use super::*;
use crate::access::Scope;
use crate::db::{Db, Tx};
use crate::export::{Export, FileKind};
use crate::law::Books;
use crate::point::model::{Point, State};
use crate::point::store;
use crate::sheet::{Column, Format, Value, Writer};
use crate::{execute, fetch_all, fetch_one, pack};

/// A store with law and pack, without points, in a folder of its own.
async fn ground() -> (App, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let config = crate::testing::config(&format!("sqlite:{}/ocop.db", folder.path().display()), folder.path());
    let app = App::open(config.clone()).await.unwrap();
    let mut tx = app.db().write().await.unwrap();
    pack::sync(&mut tx, &Books::new(None), &crate::app::lists(), app.clock().now()).await.unwrap();
    tx.commit().await.unwrap();
    let app = App::with_db(config, app.db().clone()).await.unwrap();
    (app, folder)
}

fn order(text: &str) -> Order {
    Order::new(text.as_bytes(), "thử.csv", ("system", "test"))
}

async fn import(app: &App, order: Order) -> Report {
    run(app, order, Arc::new(|_, _, _| {})).await.unwrap().map_err(|text| text.vi.into_owned()).unwrap()
}

async fn point(db: &Db, code: &str) -> Point {
    let mut tx = db.read().await.unwrap();
    store::find_by_code(&mut tx, code).await.unwrap().unwrap()
}

async fn lines(db: &Db) -> i64 {
    let mut tx = db.read().await.unwrap();
    crate::journal::head(&mut tx).await.unwrap().0
}

fn counts(report: &Report) -> [usize; 4] {
    let summary = &report.summary;
    [summary.added, summary.changed, summary.unchanged, summary.skipped]
}

const GOOD: &str = "code,name,kind,address,unit,lon,lat,area_m2,operator,operator_kind,tax_code,contact,phone,hours,state,opened_on,closed_on,last_confirmed_on,counted_by,source\n\
A-1,Cửa hàng một,mall_market,\"Số 1, Hàng Bài\",\"Phường Hàng Bài, Quận Hoàn Kiếm\",105.85,21.02,45,Công ty Một,enterprise,0100109106,Nguyễn Văn A,0912345678,Mo-Su 08:00-20:00,operating,2021-03-04,,2024-05-06,city,sổ tay\n\
A-2,Cửa hàng hai,Làng nghề,Vạn Phúc,\"Vạn Phúc, Hà Đông\",,,,Tổ Hai,tổ hợp tác,,,,,Đã đóng,2019-01-02,2022-03-04,,\"thành phố, bộ\",sổ tay\n\
A-3,Địa điểm tiềm năng ba,,,,,,,,,,,,,lead,,,,,\n";

#[tokio::test]
async fn the_same_file_twice_changes_nothing() {
    let (app, _folder) = ground().await;
    assert_eq!(counts(&import(&app, order(GOOD)).await), [3, 0, 0, 0]);
    let (one, two) = (point(app.db(), "A-1").await, point(app.db(), "A-2").await);
    assert_eq!((one.state, one.state_since.to_string().as_str(), one.phone.as_str()), (State::Operating, "2021-03-04", "0912345678"));
    assert_eq!(
        (two.state, two.state_since.to_string().as_str(), two.kind.as_str(), two.counted_by.as_str()),
        (State::Closed, "2022-03-04", "craft_village", "city ministry")
    );
    let mut tx = app.db().read().await.unwrap();
    let periods = store::periods(&mut tx, &two.id).await.unwrap();
    let day = |text: &str| text.parse().unwrap();
    assert_eq!(periods, [(State::Operating, day("2019-01-02"), Some(day("2022-03-04"))), (State::Closed, day("2022-03-04"), None)]);
    drop(tx);
    let before = lines(app.db()).await;
    assert_eq!(before, 4, "one line a point and one for the file");
    let again = import(&app, order(GOOD)).await;
    assert_eq!((counts(&again), again.summary.written), ([0, 0, 3, 0], false));
    assert_eq!(lines(app.db()).await, before);
    assert_eq!(point(app.db(), "A-1").await.version, 1);
}

#[tokio::test]
async fn nothing_is_written_unless_all_rows_pass_or_the_good_ones_are_asked_for() {
    let (app, _folder) = ground().await;
    let bad = format!("{GOOD}A-4,,,,,,,,,,,,,,,,,,,\n");
    let report = import(&app, order(&bad)).await;
    assert_eq!((counts(&report), report.summary.written), ([3, 0, 0, 1], false));
    assert_eq!(lines(app.db()).await, 0);
    let dry = import(&app, Order { dry_run: true, good_rows: true, ..order(&bad) }).await;
    assert!(!dry.summary.written);
    let report = import(&app, Order { good_rows: true, ..order(&bad) }).await;
    assert_eq!((counts(&report), report.summary.written), ([3, 0, 0, 1], true));
    let mut tx = app.db().read().await.unwrap();
    assert!(crate::journal::verify(&mut tx, None, |_| {}).await.unwrap().is_ok());
}

#[tokio::test]
async fn a_missing_column_and_an_empty_cell_change_nothing_and_what_clears_is_told() {
    let (app, _folder) = ground().await;
    import(&app, order(GOOD)).await;
    let report = import(&app, order("Mã điểm;Tên điểm;Giờ mở cửa;Điện thoại;Ghi chú\nA-1;Cửa hàng một mới;;0243 825 1234;x\n")).await;
    assert_eq!((counts(&report), report.warnings.len()), ([0, 1, 0, 0], 1));
    let one = point(app.db(), "A-1").await;
    assert_eq!(
        (one.name.as_str(), one.hours.as_str(), one.phone.as_str(), one.version),
        ("Cửa hàng một mới", "Mo-Su 08:00-20:00", "02438251234", 2)
    );
    assert_eq!((one.area_m2, one.state, one.contact.as_str()), (Some(45.0), State::Operating, "Nguyễn Văn A"));
    assert!(one.operator_id.is_some() && one.unit_id.is_some());
    let report = import(
        &app,
        order("code,name,hours,phone,operator,unit,area_m2,opened_on,state\nA-1,Cửa hàng một mới,[xóa],-,[xóa],[XÓA],[xoá],[xóa],\n"),
    )
    .await;
    assert_eq!((counts(&report), report.warnings.len()), ([0, 1, 0, 0], 5));
    let one = point(app.db(), "A-1").await;
    assert_eq!(
        (one.hours.as_str(), one.phone.as_str(), one.area_m2, one.opened_on, one.state),
        ("", "02438251234", None, None, State::Operating)
    );
    assert!(one.operator_id.is_none() && one.unit_id.is_none());
    let report = import(&app, order("code,name,state\nA-1,[xóa],[xóa]\n")).await;
    assert_eq!(
        report.summary.faults.iter().map(|fault| fault.line(Tongue::Vi)).collect::<Vec<_>>(),
        [
            "dòng 2: Tên điểm: ô này không xóa được; hãy ghi giá trị hoặc để trống",
            "dòng 2: Trạng thái: ô này không xóa được; hãy ghi giá trị hoặc để trống"
        ]
    );
}

#[tokio::test]
async fn what_is_wrong_in_a_row_is_told_with_its_number_and_what_to_do() {
    let (app, _folder) = ground().await;
    let today = app.clock().today();
    // columns, cells, part of the Vietnamese line, part of the English one
    let cases = [
        (
            "code,name,kind",
            "B-1,X,quán cóc",
            "Loại hình: “quán cóc” không có trong danh sách; hãy ghi một trong: “Nhà ga, sân bay, bến xe, bến tàu”",
            "kind: “quán cóc” is not in the list",
        ),
        (
            "code,name,state",
            "B-1,X,selected",
            "trạng thái “Được lựa chọn” chỉ có qua các bước trên hồ sơ; hãy",
            "reached only by the steps",
        ),
        (
            "code,name,opened_on",
            "B-1,X,31/02/2024",
            "Ngày khai trương: Lịch không có ngày 31/02/2024; hãy kiểm tra",
            "opened_on: The calendar has no day 31/02/2024",
        ),
        ("code,name,opened_on", "B-1,X,2999-01-01", "ở tương lai; hãy", "lies in the future"),
        (
            "code,name,state,opened_on,closed_on",
            "B-1,X,closed,2024-05-01,2024-04-01",
            "trước ngày khai trương; hãy",
            "before the day it opened",
        ),
        ("code,name,state,closed_on", "B-1,X,operating,2024-04-01", "trạng thái không phải “Đã đóng”; hãy", "state is not closed"),
        (
            "code,name,opened_on,last_confirmed_on",
            "B-1,X,2024-05-01,2024-04-01",
            "Ngày xác nhận gần nhất: trước",
            "last_confirmed_on: before",
        ),
        ("code,name,unit", "B-1,X,Xã Không Đâu", "không có đơn vị hành chính nào", "no unit has the name"),
        (
            "code,name,unit,opened_on",
            "B-1,X,\"Xã Nào Đó, tỉnh Bắc Ninh\",2026-01-01",
            "không phải điểm của địa bàn này; hãy",
            "is no point of this province",
        ),
        ("code,name,unit", "B-1,X,Vạn Phúc", "có thể là: ", "may be: "),
        ("code,name,lon,lat", "B-1,X,21.02,105.8", "kinh độ và vĩ độ bị đổi chỗ cho nhau; hãy", "swapped"),
        ("code,name,lon,lat", "B-1,X,2.35,48.85", "không ở Việt Nam; hãy", "is not in Việt Nam"),
        (
            "code,name,operator,tax_code",
            "B-1,X,Y,0100109107",
            "Mã số thuế “0100109107” có chữ số sai: chữ số kiểm tra không khớp; hãy",
            "wrong digit",
        ),
        ("code,name,phone", "B-1,X,12", "“12” không phải là số điện thoại Việt Nam; hãy", "is not a Vietnamese telephone number"),
        ("code,name,area_m2", "B-1,X,-3", "không phải diện tích; hãy", "is no area"),
        ("code,name,state", ",X,lead", "thiếu mã điểm; hãy", "the code is missing"),
        ("code,name,counted_by", "B-1,X,tỉnh", "Được tính bởi: “tỉnh” không có trong danh sách", "counted_by"),
    ];
    for (columns, cells, vi, en) in cases {
        let text = format!("Danh sách điểm\n\n{columns},source\n{cells},x\n");
        let report = import(&app, order(&text)).await;
        let faults = &report.summary.faults;
        let shown: Vec<String> = faults.iter().map(|fault| fault.line(Tongue::Vi)).collect();
        assert!(
            shown.iter().any(|line| line.starts_with("dòng 4: ") && line.to_lowercase().contains(&vi.to_lowercase())),
            "{cells}: {shown:?}"
        );
        let shown: Vec<String> = faults.iter().map(|fault| fault.line(Tongue::En)).collect();
        assert!(
            shown.iter().any(|line| line.starts_with("row 4: ") && line.to_lowercase().contains(&en.to_lowercase())),
            "{cells}: {shown:?}"
        );
    }
    let twice =
        check::read(&order("code,name,state\nC-1,X,lead\nC-2,Y,lead\nC-1,Z,lead\n").taken(LAYOUT), app.region(), today, &mut |_| {})
            .unwrap();
    let rows: Vec<_> = twice.faults.iter().map(|fault| fault.row).collect();
    assert_eq!((rows, twice.rows.len()), (vec![Some(2), Some(4)], 1));
    let lacks = check::read(&order("name,kind,address\nX,,\n").taken(LAYOUT), app.region(), today, &mut |_| {}).unwrap_err();
    assert!(lacks.vi.contains("“Mã điểm”"), "{}", lacks.vi);
}

#[tokio::test]
async fn a_record_on_its_way_keeps_its_state() {
    let (app, _folder) = ground().await;
    import(&app, order(GOOD)).await;
    let mut tx = app.db().write().await.unwrap();
    execute!(&mut tx, "update point set state = 'nominated' where code = 'A-3'").unwrap();
    tx.commit().await.unwrap();
    let report = import(&app, order("code,name,state\nA-3,Địa điểm tiềm năng ba,operating\n")).await;
    let line = report.summary.faults[0].line(Tongue::Vi);
    assert!(line.starts_with("dòng 2: hồ sơ đang “Đã đề nghị”"), "{line}");
    assert_eq!(counts(&import(&app, order("code,name,state\nA-3,Địa điểm tiềm năng ba,nominated\n")).await), [0, 0, 1, 0]);
    let back = import(&app, order("code,name,state\nA-1,Cửa hàng một,draft\n")).await;
    assert_eq!(counts(&back), [0, 0, 0, 1]);
}

/// All points of the store as a file.
async fn exported(app: &App, tx: &mut Tx, kind: FileKind) -> Vec<u8> {
    Export::new(Points::new(app, Scope::All, true), kind).whole(tx).await.unwrap()
}

#[tokio::test]
async fn an_export_imported_again_changes_nothing() {
    let (app, _folder) = ground().await;
    seed(&app, &Books::new(None).pack).await.unwrap();
    import(&app, order(GOOD)).await;
    let mut tx = app.db().write().await.unwrap();
    execute!(
        &mut tx,
        "update point set name = '=1+1', hours = '-', lon = 105.85219999999998, lat = 21.123456789012345, source = $1 where code = 'A-1'",
        "a\nb; “c”"
    )
    .unwrap();
    execute!(&mut tx, "update point set demo = $1 where code = 'A-3'", true).unwrap();
    tx.commit().await.unwrap();
    let mut tx = app.db().read().await.unwrap();
    let csv = exported(&app, &mut tx, FileKind::Csv).await;
    let text = String::from_utf8(csv.clone()).unwrap();
    assert!(text.contains("\nA-1,'=1+1,") && !text.contains("A-3"), "{text}");
    let xlsx = exported(&app, &mut tx, FileKind::Xlsx).await;
    let geojson = exported(&app, &mut tx, FileKind::Geojson).await;
    let geojson: serde_json::Value = serde_json::from_slice(&geojson).unwrap();
    assert_eq!(geojson["features"].as_array().unwrap().len(), 25);
    assert!(!geojson.to_string().contains("0912345678"));
    drop(tx);
    let before = lines(app.db()).await;
    for bytes in [csv, xlsx] {
        let report = import(&app, Order { source: bytes.into(), ..order("") }).await;
        assert_eq!(counts(&report), [0, 0, 25, 0], "{:?}", report.summary.faults);
    }
    assert_eq!(lines(app.db()).await, before);
    let sample = import(&app, order("code,name,state\nA-3,Khác,lead\n")).await;
    assert!(sample.summary.faults[0].line(Tongue::Vi).contains("dữ liệu mẫu"));
}

#[tokio::test]
async fn counters_and_lists_are_what_single_records_would_make() {
    let (app, _folder) = ground().await;
    seed(&app, &Books::new(None).pack).await.unwrap();
    import(&app, order(GOOD)).await;
    import(
        &app,
        order("code,name,kind,unit,state,closed_on\nA-1,Cửa hàng một,rest_stop,\"Phường Vạn Phúc, Quận Hà Đông\",closed,2025-01-02\n"),
    )
    .await;
    let mut tx = app.db().write().await.unwrap();
    let kept =
        fetch_all!(&mut tx, (String, String, String, i64), "select unit_id, kind, state, n from point_count where n <> 0 order by 1, 2, 3")
            .unwrap();
    let listed = fetch_all!(
        &mut tx,
        (String, String, String, String, String),
        "select unit_id, certainty, state, kind, point_id from point_unit order by 1, 2, 3, 4, 5"
    )
    .unwrap();
    let points = fetch_all!(&mut tx, Point, "select * from point").unwrap();
    for table in ["point_unit", "period", "point_count", "point"] {
        tx.script(format!("delete from {table}")).await.unwrap();
    }
    for point in &points {
        store::add(&mut tx, point, app.region(), point.state_since).await.unwrap().unwrap();
    }
    assert_eq!(
        kept,
        fetch_all!(&mut tx, (String, String, String, i64), "select unit_id, kind, state, n from point_count where n <> 0 order by 1, 2, 3")
            .unwrap()
    );
    assert_eq!(
        listed,
        fetch_all!(
            &mut tx,
            (String, String, String, String, String),
            "select unit_id, certainty, state, kind, point_id from point_unit order by 1, 2, 3, 4, 5"
        )
        .unwrap()
    );
}

#[tokio::test]
async fn rows_of_one_operator_share_it_and_a_known_one_takes_its_tax_code() {
    let (app, _folder) = ground().await;
    let head = "code,name,state,operator,operator_kind,tax_code\n";
    import(&app, order(&format!("{head}D-1,Một,lead,HTX Chung,cooperative,\nD-2,Hai,lead,htx chung,cooperative,\nD-3,Ba,lead,Khác tên,,0100109106\nD-4,Bốn,lead,KHÁC  tên,,0100109106\n"))).await;
    let mut ids = Vec::new();
    for code in ["D-1", "D-2", "D-3", "D-4"] {
        ids.push(point(app.db(), code).await.operator_id.unwrap());
    }
    assert!(ids[0] == ids[1] && ids[2] == ids[3] && ids[0] != ids[2]);
    let report = import(&app, order(&format!("{head}D-1,Một,lead,HTX Chung,cooperative,0100233583\n"))).await;
    assert_eq!(counts(&report), [0, 1, 0, 0], "{:?}", report.summary.faults);
    let mut tx = app.db().read().await.unwrap();
    let (code,) = fetch_one!(&mut tx, (Option<String>,), "select tax_code from body where id = $1", &ids[0]).unwrap();
    assert_eq!(code.as_deref(), Some("0100233583"));
    assert_eq!(point(app.db(), "D-1").await.operator_id, Some(ids[0].clone()));
}

#[tokio::test]
async fn a_workbook_with_titles_and_real_dates_is_read() {
    let (app, _folder) = ground().await;
    let mut writer = Writer::new(
        Format::Xlsx,
        "Điểm",
        ["Mã", "Tên điểm", "Ngày khai trương", "Trạng thái"].map(|name| Column::new(name, 12.0)).to_vec(),
    )
    .unwrap();
    writer
        .row(&[Value::from("E-1"), Value::from("Điểm E"), Value::Date("2024-02-29".parse().unwrap()), Value::from("Đang hoạt động")])
        .unwrap();
    let report = import(&app, Order { source: writer.finish().unwrap().into(), file: "x.xlsx".into(), ..order("") }).await;
    assert_eq!(counts(&report), [1, 0, 0, 0], "{:?}", report.summary.faults);
    assert_eq!(point(app.db(), "E-1").await.opened_on.unwrap().to_string(), "2024-02-29");
    let broken =
        run(&app, Order { source: b"PK\x03\x04broken".to_vec().into(), ..order("") }, Arc::new(|_, _, _| {})).await.unwrap().unwrap_err();
    assert!(broken.vi.contains("bị hỏng"), "{}", broken.vi);
}
