mod cases;
mod vague;
mod who;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::access::{Role, Scope};
use crate::db::Dialect;
use crate::export::Export;
use crate::product::model::{Certificate, Product, State, standing};
use crate::product::store;
use crate::sheet::{Column, Format, Value, Writer};
use crate::testing::{TestApp, begin_day};
use crate::text::Tongue;
use crate::{execute, fetch_all, fetch_optional, journal, store_test};

fn order(text: &str) -> Order {
    Order::new(text.as_bytes(), "thử.csv", ("system", "test"))
}

async fn import(app: &TestApp, order: Order) -> Report {
    run(&app.app, order, Arc::new(|_, _, _| {})).await.unwrap().map_err(|text| text.vi.into_owned()).unwrap()
}

async fn product(app: &TestApp, code: &str) -> (Product, Vec<Certificate>) {
    let mut tx = app.db().read().await.unwrap();
    let product = store::find_by_code(&mut tx, code).await.unwrap().expect(code);
    let certificates = store::certificates(&mut tx, &product.id).await.unwrap();
    (product, certificates)
}

async fn journal_lines(app: &TestApp) -> i64 {
    journal::head(&mut app.db().read().await.unwrap()).await.unwrap().0
}

/// Added, changed, unchanged, skipped.
fn counts(report: &Report) -> [usize; 4] {
    let summary = &report.summary;
    [summary.added, summary.changed, summary.unchanged, summary.skipped]
}

fn told(report: &Report) -> Vec<String> {
    report.summary.faults.iter().map(|fault| fault.line(Tongue::Vi)).collect()
}

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

const HEAD: &str = "code,name,producer,producer_kind,tax_code,unit,group,set,stars,score,decision_no,decided_on,certificate_no,valid_until,price,description,lon,lat,source";

const GOOD: &str = "code,name,producer,producer_kind,tax_code,unit,group,set,stars,score,decision_no,decided_on,certificate_no,valid_until,price,description,lon,lat,source
A-1,Ấm chén men lam,HTX Gốm sứ,cooperative,0100109106,\"Xã Bát Tràng, Huyện Gia Lâm\",Thủ công mỹ nghệ,Gốm,4,\"82,5\",11/QĐ-UBND,2025-03-04,GCN-1,2028-03-03,1.250.000,\"Nung củi.
Vẽ tay.\",105.912,20.969,sổ tay
A-2,Trà sen,Hộ Hai,hộ kinh doanh,,09556.2025,drink,,3 sao,69.9,,04/03/2020,GCN-2,,95000,,,,
A-3,Rượu mơ,Hộ Hai,household,,09556.2025,Đồ uống,,,,,,,,,,,,
";

/// A list as annexes of decisions have it: titles above, commune and district in two columns, a signature below.
fn annex(rows: &[[&str; 9]]) -> Vec<u8> {
    let columns: Vec<Column> = (0..10).map(|_| Column::new("", 12.0)).collect();
    let mut writer = Writer::new(Format::Xlsx, "DANH SACH", columns).unwrap();
    writer.row(&[Value::from("DANH SÁCH SẢN PHẨM OCOP ĐƯỢC ĐÁNH GIÁ, PHÂN HẠNG")]).unwrap();
    writer.row(&[Value::Empty]).unwrap();
    writer
        .row(
            &[
                "STT",
                "Mã SP",
                "Tên sản phẩm",
                "Chủ thể",
                "Xã/Phường",
                "Quận/Huyện",
                "Hạng sao",
                "Giá (đồng)",
                "Ngày công nhận",
                "Số giấy chứng nhận",
            ]
            .map(Value::from),
        )
        .unwrap();
    for (n, row) in (1..).zip(rows) {
        let number = |text: &str| text.parse().map_or(Value::from(text), Value::Int);
        let cells: Vec<Value> = std::iter::once(Value::Int(n)).chain(row.iter().map(|cell| number(cell))).collect();
        writer.row(&cells).unwrap();
    }
    writer.row(&[Value::Empty]).unwrap();
    writer
        .row(&[
            Value::Empty,
            Value::Empty,
            Value::Empty,
            Value::Empty,
            Value::Empty,
            Value::Empty,
            Value::Empty,
            Value::from("Người lập biểu"),
        ])
        .unwrap();
    writer.finish().unwrap()
}

store_test! {
    async fn what_clears_a_certificate_names_it(app: TestApp) {
        let report = import(app, order("code,name,score\nA-1,Gốm,[xóa]\n")).await;
        assert!(told(&report).iter().any(|line| line.contains("dòng 2: Điểm: ghi [xóa] nhưng dòng không nêu giấy chứng nhận nào")), "{:?}", told(&report));
        let twice = format!("{}\nB-1,Gốm,HTX,,,,,,3,,1/QĐ,01/02/2021,[xóa],,,,,,\nB-1,Gốm,HTX,,,,,,4,,2/QĐ,01/02/2024,123,,,,,,\n", HEAD);
        let report = import(app, order(&twice)).await;
        assert!(told(&report).iter().any(|line| line.contains("[xóa] không dùng được khi sản phẩm có ở nhiều dòng")), "{:?}", told(&report));
    }

    async fn the_same_file_twice_changes_nothing(app: TestApp) {
        let before = journal_lines(app).await;
        let report = import(app, order(GOOD)).await;
        assert_eq!(counts(&report), [3, 0, 0, 0], "{:?}", told(&report));
        assert_eq!(journal_lines(app).await, before + 4, "one line a product and one for the file");
        let (one, papers) = product(app, "A-1").await;
        assert_eq!((one.state, one.stars, one.valid_to, one.price), (State::Live, Some(4), Some(day("2028-03-04")), Some(1_250_000)));
        assert_eq!((one.description.as_str(), one.group_id.as_str(), one.unit_id.as_deref()), ("Nung củi.\nVẽ tay.", "craft", Some("00583.old")));
        assert_eq!((papers[0].score, papers[0].decision_no.as_str(), papers[0].valid_from), (Some(8250), "11/QĐ-UBND", day("2025-03-04")));
        let (two, papers) = product(app, "A-2").await;
        assert_eq!((two.state, papers[0].valid_to), (State::Lapsed, day("2023-03-05")), "36 months where no last day is printed");
        let (three, papers) = product(app, "A-3").await;
        assert_eq!((three.state, papers.len(), three.producer_id == two.producer_id), (State::None, 0, true));
        let mut tx = app.db().write().await.unwrap();
        let kept = store::counts(&mut tx).await.unwrap();
        assert_eq!(kept, [("craft".into(), 4, State::Live, 1), ("drink".into(), 0, State::None, 1), ("drink".into(), 3, State::Lapsed, 1)]);
        let jobs = fetch_all!(&mut tx, (String,), "select payload from job where kind = 'product_changed'").unwrap();
        assert_eq!(jobs, [(String::new(),)], "one for all");
        let (unit,) = fetch_optional!(&mut tx, (Option<String>,), "select unit_id from body where id = $1", &two.producer_id).unwrap().unwrap();
        assert_eq!(unit.as_deref(), Some("09556.2025"));
        assert!(journal::verify(&mut tx, None, |_| {}).await.unwrap().is_ok());
        drop(tx);
        let again = import(app, order(GOOD)).await;
        assert_eq!((counts(&again), again.summary.written), ([0, 0, 3, 0], false));
        assert_eq!(journal_lines(app).await, before + 4);
        assert_eq!(product(app, "A-1").await.0.version, 1);
    }

    async fn a_newer_certificate_renews_and_the_same_with_other_days_is_corrected(app: TestApp) {
        import(app, order(GOOD)).await;
        let renewal = "code,name,stars,decision_no,decided_on,certificate_no\nA-2,Trà sen,4,7/QĐ-UBND,2026-05-06,GCN-2B\n";
        let report = import(app, order(renewal)).await;
        assert_eq!(counts(&report), [0, 1, 0, 0], "{:?}", told(&report));
        let (two, papers) = product(app, "A-2").await;
        assert_eq!((two.state, two.stars, papers.len()), (State::Live, Some(4), 2));
        let corrected = "code,name,stars,decided_on,certificate_no,valid_until\nA-2,Trà sen,4,2026-05-08,GCN-2B,2029-05-01\nA-1,Ấm chén men lam,4,2025-03-04,,\n";
        let report = import(app, order(corrected)).await;
        assert_eq!(counts(&report), [0, 1, 1, 0], "{:?}", told(&report));
        let (two, papers) = product(app, "A-2").await;
        let counts_now = standing(&papers, begin_day()).certificate.unwrap();
        assert_eq!((papers.len(), counts_now.valid_from, counts_now.valid_to, counts_now.decision_no.as_str()), (2, day("2026-05-08"), day("2029-05-02"), "7/QĐ-UBND"));
        assert_eq!((two.valid_to, two.price, two.producer_id.is_some()), (Some(day("2029-05-02")), Some(95_000), true), "columns that are not given stay");
        let (one, papers) = product(app, "A-1").await;
        assert_eq!((one.version, papers[0].score), (1, Some(8250)), "an empty cell says nothing of a certificate");
        // an empty cell says nothing of a product either; what clears is told
        let report = import(app, order("code,name,price,description,set\nA-1,Ấm chén men lam,,Nung củi,[xóa]\n")).await;
        let (one, _) = product(app, "A-1").await;
        assert_eq!((one.price, one.description.as_str(), one.set_name.as_str(), one.state), (Some(1_250_000), "Nung củi", "", State::Live));
        assert_eq!(report.warnings[0].line(Tongue::Vi), "dòng 2: Bộ sản phẩm: ghi [xóa] nên giá trị đã ghi trong sổ được xóa");
        import(app, order("code,name,price,lon,lat\nA-1,Ấm chén men lam,[XOÁ],[xoá],[xóa]\n")).await;
        let (one, _) = product(app, "A-1").await;
        assert_eq!((one.price, one.lon, one.producer_id.is_some()), (None, None, true));
        let report = import(app, order("code,name,stars\nA-1,[xóa],[xóa]\n")).await;
        assert_eq!(told(&report), ["dòng 2: Tên sản phẩm: ô này không xóa được; hãy ghi giá trị hoặc để trống", "dòng 2: Hạng sao: ô này không xóa được; hãy ghi giá trị hoặc để trống"]);
        // what was taken back stays so
        let mut tx = app.db().write().await.unwrap();
        let taken = papers[0].clone().withdraw(day("2026-01-10"), "Lý do", "", begin_day()).unwrap();
        store::save_certificate(&mut tx, &taken).await.unwrap();
        store::restamp(&mut tx, &one, begin_day(), app.clock().now()).await.unwrap();
        tx.commit().await.unwrap();
        let report = import(app, order("code,name,stars,decided_on,certificate_no\nA-1,Ấm chén men lam,4,2026-02-01,GCN-1\n")).await;
        assert!(told(&report)[0].contains("đã bị thu hồi từ ngày 10/01/2026"), "{:?}", told(&report));
    }

    async fn one_number_belongs_to_one_product(app: TestApp) {
        import(app, order(GOOD)).await;
        let head = "code,name,stars,decided_on,certificate_no\n";
        let report = import(app, order(&format!("{head}B-1,Khác,3,2026-01-02,GCN-1\nB-2,Được,3,2026-01-02,GCN-9\n"))).await;
        assert_eq!((counts(&report), report.summary.written), ([1, 0, 0, 1], false));
        assert!(told(&report)[0].starts_with("dòng 2: Số giấy chứng nhận: “GCN-1” đã là của sản phẩm mã “A-1”"), "{:?}", told(&report));
        let report = import(app, order(&format!("{head}B-1,Một,3,2026-01-02,GCN-7\nB-2,Hai,3,2026-01-02,GCN-8\nB-3,Ba,3,2026-01-02,GCN-7\nB-2,Bốn,3,2026-01-02,GCN-6\n"))).await;
        let rows: Vec<_> = report.summary.faults.iter().map(|fault| fault.row).collect();
        assert_eq!((rows, report.summary.written), (vec![Some(2), Some(3), Some(4), Some(5)], false));
        let report = import(app, Order { good_rows: true, ..order(&format!("{head}B-1,Một,3,2026-01-02,GCN-7\nB-2,Hai,3,2026-01-02,GCN-8\nB-3,Ba,3,2026-01-02,GCN-7\n")) }).await;
        assert_eq!((counts(&report), report.summary.written), ([1, 0, 0, 2], true));
        assert_eq!(product(app, "B-2").await.1[0].number.as_deref(), Some("GCN-8"));
    }

    async fn what_is_wrong_in_a_row_is_told_with_its_number_and_what_to_do(app: TestApp) {
        // columns, cells, part of the Vietnamese line, part of the English one
        let cases = [
            ("group", "Nhóm lạ", "Nhóm sản phẩm: “Nhóm lạ” không có trong danh sách", "group: “Nhóm lạ” is not in the list"),
            ("unit", "Xã Không Đâu", "Xã, phường: Không có đơn vị hành chính nào", "no unit has the name"),
            ("unit", "Vạn Phúc", "có thể là: ", "may be: "),
            ("commune,district", "An Bình,Quận Không Có", "Quận, huyện: không có quận, huyện nào tên “Quận Không Có”", "district: no district has the name"),
            ("stars,decided_on", "7,2024-01-02", "Hạng sao: không có hạng 7 sao", "there are no 7 stars"),
            ("stars,decided_on", "nhiều,2024-01-02", "Hạng sao: “nhiều” không phải hạng sao", "is no number of stars"),
            ("stars,score,decided_on", "4,\"130,5\",2024-01-02", "Điểm: điểm 130,5 nằm ngoài thang", "outside 0–100"),
            ("stars,score,decided_on", "4,\"69,5\",2024-01-02", "Điểm: 69,5 điểm là hạng 3 sao, không phải 4 sao", "make 3 stars, not 4"),
            ("stars,decided_on,valid_until", "3,2024-01-02,2023-01-02", "Có giá trị đến: hết hạn 02/01/2023 trước ngày công nhận", "before it began"),
            ("stars,decided_on", "3,2999-01-02", "Ngày công nhận: ngày 02/01/2999 ở tương lai", "lies in the future"),
            ("stars,decided_on", "3,31/02/2024", "Lịch không có ngày 31/02/2024", "has no day 31/02/2024"),
            ("stars,certificate_no", "3,GCN-5", "thiếu ngày công nhận", "no first day"),
            ("stars,decided_on,certificate_no", ",2024-01-02,GCN-5", "thiếu hạng sao", "has no stars"),
            ("price", "liên hệ", "Giá (đồng): “liên hệ” không đọc được là số đồng", "cannot be read as đồng"),
            ("price", "-5000", "là số âm", "is negative"),
            ("lon,lat", "21.02,105.8", "bị đổi chỗ cho nhau", "swapped"),
            ("producer,tax_code", "Y,0100109107", "có chữ số sai", "wrong digit"),
            ("producer_kind", "sạp", "không có trong danh sách", "not in the list"),
        ];
        for (columns, cells, vi, en) in cases {
            let report = import(app, order(&format!("Danh sách sản phẩm\n\ncode,name,source,{columns}\nB-1,X,x,{cells}\n"))).await;
            let shown = told(&report);
            assert!(shown.len() == 1 && shown[0].starts_with("dòng 4: ") && shown[0].to_lowercase().contains(&vi.to_lowercase()), "{cells}: {shown:?}");
            let english = report.summary.faults[0].line(Tongue::En);
            assert!(english.starts_with("row 4: ") && english.to_lowercase().contains(&en.to_lowercase()), "{cells}: {english}");
        }
        let report = import(app, order("code,name,source\n,X,x\n!!,Y,x\nB-3,,x\n")).await;
        assert_eq!(counts(&report), [0, 0, 0, 3], "{:?}", told(&report));
        let lacks = run(&app.app, order("name,group,price\nX,,\n"), Arc::new(|_, _, _| {})).await.unwrap().unwrap_err();
        assert!(lacks.vi.contains("“Mã sản phẩm”"), "{}", lacks.vi);
        assert_eq!(app.rows_of("product").await, 0);
    }

    async fn an_annex_of_a_decision_is_read_as_it_is(app: TestApp) {
        let rows = [
            ["17", "Bát Tràng ấm chén", "HTX Một", "Bát Tràng", "Gia Lâm", "4", "1250000", "04/03/2025", "OCOP-1"],
            ["18", "Lụa", "HTX Hai", "Vạn Phúc", "Hà Đông", "3", "1.250.000", "2025-03-05", "OCOP-2"],
            ["19", "Bánh", "HTX Ba", "Yên Viên", "Gia Lâm", "2", "", "2025-03-05", ""],
        ];
        let report = import(app, Order { source: annex(&rows).into(), file: "phụ lục.xlsx".into(), ..order("") }).await;
        assert_eq!((counts(&report), report.total), ([3, 0, 0, 0], 3), "{:?}", told(&report));
        let warnings: Vec<String> = report.warnings.iter().map(|warning| warning.line(Tongue::Vi)).collect();
        assert_eq!(warnings.iter().filter(|line| line.contains("“Người lập biểu” được coi là ghi chú hoặc chữ ký")).count(), 1, "{warnings:?}");
        assert_eq!(warnings.iter().filter(|line| line.contains("cả hai nay thuộc Xã Phù Đổng")).count(), 1, "{warnings:?}");
        assert_eq!(warnings.iter().filter(|line| line.contains("hạng 2 sao không có giấy chứng nhận")).count(), 1, "{warnings:?}");
        let (one, papers) = product(app, "17").await;
        assert_eq!((one.price, one.unit_today.as_deref(), papers[0].number.as_deref()), (Some(1_250_000), Some("00577.2025"), Some("OCOP-1")));
        assert_eq!(product(app, "18").await.0.price, Some(1_250_000));
        assert_eq!(product(app, "19").await.1.len(), 0);
    }

    async fn an_export_imported_again_changes_nothing(app: TestApp) {
        import(app, order(GOOD)).await;
        import(app, order("code,name,stars,decided_on,certificate_no\nA-2,Trà sen,4,2026-05-06,GCN-2B\n")).await;
        import(app, order(&format!("{HEAD}\nA-4,Thuốc,Hộ Bốn,,,,Thảo dược,,,,,,,,,,,,\nA-5,Vải,Hộ Bốn,,,,Vải và may mặc,,3,51.25,,2026-01-02,,,,,,,\n"))).await;
        app.add_product("MAU", None, |product| product.demo = true).await;
        let mut tx = app.db().write().await.unwrap();
        execute!(&mut tx, "update product set name = '=1+1', lon = 105.91219999999998, lat = 20.969123456789012, source = $1, group_id = 'food' where code = 'A-5'", "a b; “c”").unwrap();
        execute!(&mut tx, "update product_count set n = n - 1 where group_id = 'craft' and stars = 3").unwrap();
        execute!(&mut tx, "insert into product_count (group_id, stars, state, n) values ('food', 3, 'live', 1) on conflict (group_id, stars, state) do update set n = product_count.n + 1").unwrap();
        tx.commit().await.unwrap();
        let mut tx = app.db().read().await.unwrap();
        let csv = Export::new(Products::new(&app.app, &Scope::All), Format::Csv).whole(&mut tx).await.unwrap();
        let xlsx = Export::new(Products::new(&app.app, &Scope::All), Format::Xlsx).whole(&mut tx).await.unwrap();
        drop(tx);
        let text = String::from_utf8(csv.clone()).unwrap();
        assert!(text.contains(HEAD) && text.contains("\nA-5,'=1+1,") && text.contains("Vải và may mặc") && text.contains(",GCN-2B,2029-05-06,") && !text.contains("MAU"), "{text}");
        let before = journal_lines(app).await;
        for bytes in [csv.clone(), xlsx] {
            let report = import(app, Order { source: bytes.into(), ..order("") }).await;
            assert_eq!(counts(&report), [0, 0, 5, 0], "{:?} {text}", told(&report));
        }
        assert_eq!(journal_lines(app).await, before);
        let sample = import(app, order("code,name,source\nMAU,Khác,x\n")).await;
        assert!(told(&sample)[0].contains("dữ liệu mẫu"));
        // the whole way round: an empty register filled from the export says the same
        let mut tx = app.db().write().await.unwrap();
        for table in ["certificate", "product", "product_count"] {
            tx.script(format!("delete from {table}")).await.unwrap();
        }
        tx.commit().await.unwrap();
        let report = import(app, Order { source: csv.clone().into(), ..order("") }).await;
        assert_eq!(counts(&report), [5, 0, 0, 0], "{:?}", told(&report));
        let mut tx = app.db().read().await.unwrap();
        let again = Export::new(Products::new(&app.app, &Scope::All), Format::Csv).whole(&mut tx).await.unwrap();
        // a group of before is put under the group that the law names, not where a person put it
        assert_eq!(String::from_utf8(again).unwrap(), text);
    }

    async fn rows_of_one_producer_share_it(app: TestApp) {
        let head = "code,name,producer,producer_kind,tax_code\n";
        import(app, order(&format!("{head}D-1,Một,HTX Chung,cooperative,\nD-2,Hai,htx chung,cooperative,\nD-3,Ba,Khác tên,,0100109106\nD-4,Bốn,KHÁC  tên,,0100109106\nD-5,Năm,HTX Chung,household,\n"))).await;
        let mut ids = Vec::new();
        for code in ["D-1", "D-2", "D-3", "D-4", "D-5"] {
            ids.push(product(app, code).await.0.producer_id.unwrap());
        }
        assert!(ids[0] == ids[1] && ids[2] == ids[3] && ids[0] != ids[2] && ids[4] != ids[0]);
        let report = import(app, order(&format!("{head}D-1,Một,HTX Chung,cooperative,0100233583\n"))).await;
        assert_eq!(counts(&report), [0, 1, 0, 0], "{:?}", told(&report));
        assert_eq!(product(app, "D-1").await.0.producer_id, Some(ids[0].clone()));
    }

    async fn keepers_hand_a_file_in_and_others_do_not(app: TestApp) {
        let keeper = app.sign_in_as("sanpham@ocop.example").await;
        keeper.get("/nhap/san-pham").await.expect(200).says("Nhập danh sách sản phẩm").says("/nhap/san-pham/mau.xlsx");
        keeper.get("/nhap/san-pham/mau.xlsx").await.expect(200);
        let asked = keeper.post_files("/nhap/san-pham", &[("dry_run", "on")], &[("file", "sản phẩm.csv", GOOD.as_bytes())]).await.expect(303);
        let page = asked.location().to_owned();
        app.work().await;
        assert_eq!(app.rows_of("product").await, 0);
        keeper.get(&page).await.expect(200).says("mọi dòng đều đạt, chưa ghi gì").says("Ghi vào sổ");
        let written = keeper.post(&format!("{page}/lai"), &[]).await.expect(303);
        app.work().await;
        keeper.get(written.location()).await.expect(200).says("Thêm 3 sản phẩm");
        assert_eq!(app.rows_of("product").await, 3);
        let bad = keeper.post_files("/nhap/san-pham", &[], &[("file", "x.csv", b"code,name,stars,decided_on\nZ,Z,7,2024-01-02\n")]).await.expect(303);
        app.work().await;
        keeper.get(bad.location()).await.expect(200).says("dòng 2: Hạng sao: không có hạng 7 sao");
        keeper.get(&format!("{}/loi.csv", bad.location())).await.expect(200).says("không có hạng 7 sao");
        keeper.post_files("/nhap/san-pham", &[], &[]).await.expect(422).says("Chưa chọn tệp");
        keeper.get("/xuat/san-pham.csv").await.expect(200).says("A-1,Ấm chén men lam");
        for role in [Role::BUSINESS, Role::COMMUNE, Role::INSPECTOR] {
            app.sign_in(role).await.post_files("/nhap/san-pham", &[], &[("file", "x.csv", GOOD.as_bytes())]).await.expect(403);
        }
        // a leader of the department that runs points keeps no products
        let leader = app.sign_in(Role::LEADER).await;
        leader.post_files("/nhap/san-pham", &[], &[("file", "x.csv", GOOD.as_bytes())]).await.expect(403);
        leader.get(&page).await.expect(404);
        let producer = app.sign_in(Role::BUSINESS).await;
        let own = producer.get("/xuat/san-pham.csv").await.expect(200);
        assert!(!own.body.contains("A-1"));
        let commune = app.sign_in(Role::COMMUNE).await.get("/xuat/san-pham.csv").await.expect(200);
        assert!(commune.body.contains("A-2") && !commune.body.contains("A-1"), "its own unit alone");
    }

    async fn printed_totals_are_shown_with_their_source(app: TestApp) {
        let reader = app.sign_in(Role::BUSINESS).await;
        for (code, stars) in [("TS-1", 4), ("TS-2", 3), ("TS-3", 3)] {
            app.add_product(code, Some((stars, app.clock().today())), |product| product.producer_id = Some("demo-coso".into())).await;
        }
        let own = reader.get("/san-pham-ocop/tong-so").await.expect(200);
        let row = own.body.rsplit("Sổ này, ngày").next().unwrap().split("</tr>").next().unwrap().to_owned();
        let counted: Vec<&str> = row.split("class=\"num\">").skip(1).map(|cell| cell.split('<').next().unwrap()).collect();
        assert_eq!(counted, ["3", "0", "–", "1", "2", "1"], "all, five, potential, four, three stars, producers");
        reader.get("/san-pham-ocop/tong-so").await.expect(200).says("3.317").says("3.463").says("daidoanket.vn").says("Nguồn không nêu ai đếm");
        app.client().get("/san-pham-ocop/tong-so").await.expect(303);
    }
}

#[test]
fn printed_totals_are_the_sums_of_their_parts() {
    let totals = totals::of_pack(&crate::law::Books::new(None).pack).unwrap();
    assert_eq!(totals.first().map(|total| total.total), Some(301));
    assert!(totals.iter().any(|total| total.total == 3463 && total.three.is_none()));
    for total in totals.iter().filter(|total| total.three.is_some()) {
        let parts: i64 = [total.five, total.potential, total.four, total.three].into_iter().flatten().sum();
        assert_eq!(parts, total.total, "{}", total.about);
    }
    assert!(totals.iter().all(|total| !total.source.is_empty() && !total.confidence.is_empty()));
}

async fn indexes(app: &TestApp) -> Vec<(String,)> {
    let mut tx = app.db().read().await.unwrap();
    match tx.dialect() {
        Dialect::Sqlite => fetch_all!(
            &mut tx,
            (String,),
            "select name from sqlite_master where type = 'index' and tbl_name in ('product', 'certificate') order by name"
        )
        .unwrap(),
        Dialect::Postgres => fetch_all!(
            &mut tx,
            (String,),
            "select indexname::text from pg_indexes where tablename in ('product', 'certificate') order by indexname"
        )
        .unwrap(),
    }
}

store_test! {
    async fn a_large_first_file_is_written_whole_and_leaves_the_store_as_it_was_made(app: TestApp) {
        let before = indexes(app).await;
        assert!(before.len() >= 12, "{before:?}");
        let row = |i: u32| format!("L-{i},Sản phẩm {i},Hộ {},household,,09556.2025,Thực phẩm,,3,{},{i}/QĐ-UBND,2025-01-02,GCN-{i},,{},Mô tả,,,thử\n", i % 300, 50 + i % 20, 1000 + i);
        let rows: String = (0..3000).map(row).collect();
        let bad = import(app, order(&format!("{HEAD}\n{rows}L-X,,,,,,,,,,,,,,,,,,thử\n"))).await;
        assert_eq!((counts(&bad), bad.summary.written, app.rows_of("product").await), ([3000, 0, 0, 1], false, 0));
        assert_eq!(indexes(app).await, before);
        let twice = import(app, Order { dry_run: true, ..order(&format!("{HEAD}\n{rows}{}", row(5))) }).await;
        assert_eq!((counts(&twice), twice.summary.written, twice.total), ([3000, 0, 0, 0], false, 3001), "a row that says the same counts once");
        let good = import(app, order(&format!("{HEAD}\n{rows}"))).await;
        assert_eq!((counts(&good), good.summary.written), ([3000, 0, 0, 0], true), "{:?}", told(&good));
        assert_eq!((indexes(app).await, app.rows_of("certificate").await), (before, 3000));
        assert!(journal::verify(&mut app.db().read().await.unwrap(), None, |_| {}).await.unwrap().is_ok());
        let again = import(app, order(&format!("{HEAD}\n{rows}"))).await;
        assert_eq!((counts(&again), again.summary.written), ([0, 0, 3000, 0], false));
    }
}

/// One commune that is a square from 105, 21 to 106, 22.
fn square() -> crate::region::Region {
    let unit = crate::region::Unit {
        id: "u".into(),
        code: "00001".into(),
        level: crate::region::Level::Commune,
        kind: "xa".into(),
        name: "Vuông".into(),
        full_name: "Xã Vuông".into(),
        name_fold: "vuong".into(),
        parent_id: None,
        valid_from: None,
        valid_to: None,
        lon: None,
        lat: None,
    };
    let shape = r#"{"type":"Topology","arcs":[[[105,21],[106,21],[106,22],[105,22],[105,21]]],"objects":{"a":{"type":"Polygon","arcs":[[0]],"id":"00001"}}}"#;
    crate::region::Region::new(vec![unit], &[], Some(crate::geo::Boundaries::from_topojson(shape).unwrap()))
}

#[test]
fn a_position_outside_its_unit_is_a_note_and_no_fault() {
    let region = square();
    let rules = Rules { region: &region, months: 36, today: begin_day() };
    let file = "code,name,unit,lon,lat\nP-1,Gốm,Xã Vuông,105.5,21.5\nP-2,Gốm,Xã Vuông,107.5,21.2\nP-3,Gốm,Xã Vuông,,\n";
    let mut rows = 0;
    let ended =
        check::read(&order(file).taken(LAYOUT), &Default::default(), rules, &mut |_| {}, &mut |batch| rows += batch.rows.len()).unwrap();
    let warnings: Vec<String> = ended.warnings.iter().map(|warning| warning.line(Tongue::Vi)).collect();
    assert_eq!(
        (rows, ended.faults.len(), warnings),
        (3, 0, vec!["dòng 3: vị trí nằm ngoài Xã Vuông; hãy kiểm tra vị trí hoặc xã, phường".to_owned()])
    );
}

/// Three hundred good rows, and the same with one thing wrong in some of them.
fn twins() -> (String, String, BTreeMap<u32, &'static str>) {
    let (mut good, mut bad, mut wrong) = (format!("{HEAD}\n"), format!("{HEAD}\n"), BTreeMap::new());
    for i in 0..300_u32 {
        let stars = 3 + i % 3;
        let score = 50 + (stars - 3) * 20 + i % 10;
        let mut cells = vec![
            format!("T-{i:03}"),
            format!("Sản phẩm {i}"),
            format!("Hộ {}", i % 40),
            "household".into(),
            String::new(),
            "09556.2025".into(),
            "Thực phẩm".into(),
            String::new(),
            stars.to_string(),
            score.to_string(),
            format!("{i}/QĐ-UBND"),
            format!("202{}-0{}-15", i % 6, 1 + i % 9),
            format!("GCN-{i:03}"),
            String::new(),
            (10_000 + i * 100).to_string(),
            "Mô tả".into(),
            String::new(),
            String::new(),
            "thử".into(),
        ];
        let line = |cells: &[String]| cells.iter().map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>().join(",") + "\n";
        good.push_str(&line(&cells));
        let defect: Option<(usize, &str, &'static str)> = match i {
            7 | 95 => Some((1, "", "thiếu tên")),
            20 | 171 => Some((8, "7", "Hạng sao:")),
            33 | 250 => Some((9, "130.5", "Điểm:")),
            48 => Some((14, "liên hệ", "Giá (đồng):")),
            60 | 299 => Some((5, "Xã Không Có", "Xã, phường:")),
            81 => Some((6, "Nhóm lạ", "Nhóm sản phẩm:")),
            110 => Some((13, "2001-01-01", "Có giá trị đến:")),
            130 => Some((0, "T-131", "có ở nhiều dòng")),
            140 => Some((12, "GCN-141", "có ở nhiều dòng")),
            _ => None,
        };
        if let Some((column, cell, told)) = defect {
            cells[column] = cell.into();
            wrong.insert(i + 2, told);
        }
        bad.push_str(&line(&cells));
    }
    // the rows whose code and number were taken are as doubtful as those that took them
    wrong.insert(131 + 2, "có ở nhiều dòng");
    wrong.insert(141 + 2, "có ở nhiều dòng");
    (good, bad, wrong)
}

store_test! {
    async fn a_bad_twin_reports_every_bad_row_by_its_kind_and_no_other(app: TestApp) {
        let (good, bad, wrong) = twins();
        let report = import(app, order(&bad)).await;
        let told: BTreeMap<u32, String> = report.summary.faults.iter().map(|fault| (fault.row.unwrap(), fault.line(Tongue::Vi))).collect();
        assert_eq!(report.summary.faults.len(), told.len(), "one fault a row");
        assert_eq!(told.keys().collect::<Vec<_>>(), wrong.keys().collect::<Vec<_>>());
        for (row, text) in &wrong {
            assert!(told[row].contains(text), "{}: {text}", told[row]);
        }
        assert_eq!((report.summary.written, app.rows_of("product").await, app.rows_of("certificate").await), (false, 0, 0));
        let report = import(app, order(&good)).await;
        assert_eq!(counts(&report), [300, 0, 0, 0]);
        let mut tx = app.db().read().await.unwrap();
        let kept = store::counts(&mut tx).await.unwrap();
        let counted = fetch_all!(&mut tx, (String, i64, State, i64), "select group_id, coalesce(stars, 0), state, count(*) from product group by group_id, coalesce(stars, 0), state order by 1, 2, 3").unwrap();
        assert_eq!(kept, counted);
        drop(tx);
        // over the good ones, the bad file says no more than before, and with the good rows asked for changes nothing
        let report = import(app, Order { good_rows: true, ..order(&bad) }).await;
        assert_eq!((counts(&report), report.summary.written), ([0, 0, 300 - wrong.len(), wrong.len()], false));
    }
}
