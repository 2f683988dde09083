//! Files with one fault in their cells, and what is right (`tests/cases/imports`), on both stores.

use std::sync::Arc;

use super::*;
use crate::product::model::{Certificate, Product};
use crate::product::store;
use crate::sheet::{self, Column, Format, Limits, Value, Writer};
use crate::store_test;
use crate::testing::TestApp;
use crate::text::Tongue;

fn order(bytes: Vec<u8>, file: &str) -> Order {
    Order::new(bytes, file, ("system", "test"))
}

fn case(name: &str) -> Order {
    let path = format!("{}/tests/cases/imports/{name}", env!("CARGO_MANIFEST_DIR"));
    order(std::fs::read(path).unwrap(), name)
}

async fn run(app: &TestApp, order: Order) -> Report {
    crate::product::sheet::run(&app.app, order, Arc::new(|_, _, _| {})).await.unwrap().map_err(|text| text.vi.into_owned()).unwrap()
}

/// A trial and the writing, which say the same.
async fn import(app: &TestApp, order: Order) -> Report {
    let tried = run(app, Order { dry_run: true, ..order.clone() }).await;
    let written = run(app, order).await;
    assert_eq!((counts(&tried), faults(&tried), notes(&tried)), (counts(&written), faults(&written), notes(&written)));
    written
}

/// Added, changed, unchanged, skipped.
fn counts(report: &Report) -> [usize; 4] {
    let summary = &report.summary;
    [summary.added, summary.changed, summary.unchanged, summary.skipped]
}

fn faults(report: &Report) -> Vec<String> {
    report.summary.faults.iter().map(|fault| fault.line(Tongue::Vi)).collect()
}

fn notes(report: &Report) -> Vec<String> {
    report.warnings.iter().map(|fault| fault.line(Tongue::Vi)).collect()
}

fn says(lines: &[String], part: &str) -> bool {
    lines.iter().any(|line| line.contains(part))
}

async fn product(app: &TestApp, code: &str) -> (Product, Vec<Certificate>) {
    let mut tx = app.db().read().await.unwrap();
    let product = store::find_by_code(&mut tx, code).await.unwrap().expect(code);
    let certificates = store::certificates(&mut tx, &product.id).await.unwrap();
    (product, certificates)
}

async fn producer(app: &TestApp, code: &str) -> (String, Option<String>) {
    let (product, _) = product(app, code).await;
    let body =
        crate::party::store::find(&mut app.db().read().await.unwrap(), product.producer_id.as_deref().unwrap()).await.unwrap().unwrap();
    (body.name, body.tax_code)
}

store_test! {
    async fn a_cell_merged_over_rows_speaks_for_all_of_them(app: TestApp) {
        let report = import(app, case("p09b-merged-nogcn.xlsx")).await;
        assert_eq!(counts(&report), [3, 0, 0, 0], "{:?}", faults(&report));
        let (first, papers) = product(app, "T-P09XA").await;
        for code in ["T-P09XB", "T-P09XC"] {
            let (other, others) = product(app, code).await;
            assert_eq!((&other.producer_id, &other.unit_id), (&first.producer_id, &first.unit_id), "{code}");
            assert_eq!((others[0].decided_on, &others[0].decision_no), (papers[0].decided_on, &papers[0].decision_no), "{code}");
        }
        assert!(first.producer_id.is_some() && first.unit_id.is_some() && papers[0].decision_no == "3981/QĐ-UBND");
    }

    async fn a_formula_without_a_result_is_a_fault_and_wipes_nothing(app: TestApp) {
        let report = import(app, case("p14-formula.xlsx")).await;
        assert_eq!((counts(&report), report.summary.written), ([0, 0, 0, 1], false));
        assert!(says(&faults(&report), "dòng 2: Ô D2 là công thức chưa có kết quả") && says(&faults(&report), "Ô H2 là công thức"), "{:?}", faults(&report));
        assert_eq!(faults(&report).len(), 2, "no other reason is invented: {:?}", faults(&report));
        import(app, order("code,name,producer,unit,group\nT-M2,Cà phê thử B,Hợp tác xã Thử chín,Xã Bát Tràng,Đồ uống\n".into(), "a.csv")).await;
        let (before, _) = product(app, "T-M2").await;
        let report = import(app, Order { good_rows: true, ..case("p14c-formula.xlsx") }).await;
        assert!(says(&faults(&report), "Ô D3 là công thức") && says(&faults(&report), "Ô F3 là công thức"), "{:?}", faults(&report));
        let (after, _) = product(app, "T-M2").await;
        assert_eq!((after.version, after.producer_id, after.unit_id, after.group_id), (before.version, before.producer_id, before.unit_id, before.group_id));
    }

    async fn what_is_hidden_is_read_and_told(app: TestApp) {
        let report = import(app, case("p10-hidden.xlsx")).await;
        assert_eq!(counts(&report), [2, 0, 0, 0]);
        assert!(notes(&report).iter().any(|line| line.starts_with("dòng 3: dòng bị ẩn")), "{:?}", notes(&report));
    }

    async fn a_second_sheet_with_the_same_header_is_told_and_can_be_chosen(app: TestApp) {
        let report = import(app, case("p18-two-sheets.xlsx")).await;
        assert_eq!(counts(&report), [1, 0, 0, 0]);
        let told = report.warnings.iter().find(|note| note.row.is_none()).unwrap().line(Tongue::Vi);
        assert!(told.contains("CHƯA ĐỌC 1 dòng ở trang tính “3 sao”") && told.contains("“4 sao”"), "{told}");
        let report = import(app, Order { sheet: "3 sao".into(), ..case("p18-two-sheets.xlsx") }).await;
        assert_eq!(counts(&report), [1, 0, 0, 0]);
        assert_eq!(product(app, "T-P18B").await.0.stars, Some(3));
        let refused = crate::product::sheet::run(&app.app, Order { sheet: "5 sao".into(), ..case("p18-two-sheets.xlsx") }, Arc::new(|_, _, _| {})).await.unwrap().unwrap_err();
        assert!(refused.vi.contains("4 sao, 3 sao"), "{}", refused.vi);
    }

    async fn no_quote_moves_cells(app: TestApp) {
        let report = import(app, Order { good_rows: true, ..case("p22-inner-quotes.csv") }).await;
        assert_eq!(counts(&report), [1, 0, 0, 1]);
        assert!(says(&faults(&report), "dòng 2: Ô B2 có dấu ngoặc kép"), "{:?}", faults(&report));
        assert_eq!(product(app, "T-P22B").await.0.name, "Sản phẩm thử");
        let open = order("code,name,unit\nA-1,\"Bánh,Xã Bát Tràng\nA-2,Kẹo,Xã Bát Tràng\n".into(), "a.csv");
        let refused = crate::product::sheet::run(&app.app, open, Arc::new(|_, _, _| {})).await.unwrap().unwrap_err();
        assert!(refused.vi.contains("Dòng 2 có dấu ngoặc kép"), "{}", refused.vi);
        let report = import(app, order("code,name,price,unit\nA-1,Bánh,50,000,Xã Bát Tràng\n".into(), "a.csv")).await;
        assert!(says(&faults(&report), "dòng 2: Dòng có nhiều ô hơn tiêu đề (thừa từ ô E2)"), "{:?}", faults(&report));
    }

    async fn garbled_text_is_refused_with_what_to_do(app: TestApp) {
        for (file, part) in [("p23-tcvn3.csv", "bảng mã cũ TCVN3"), ("p23-vni.csv", "bảng mã cũ VNI"), ("p23-mojibake.csv", "có lẽ là “Bánh chưng”")] {
            let report = import(app, case(file)).await;
            assert_eq!((counts(&report), report.summary.written), ([0, 0, 0, 1], false), "{file}");
            assert!(says(&faults(&report), part) && says(&faults(&report), "hãy"), "{file}: {:?}", faults(&report));
        }
    }

    async fn invisible_characters_do_not_make_two_keys(app: TestApp) {
        let report = import(app, Order { good_rows: true, ..case("p29-invisible.csv") }).await;
        let twice = faults(&report).iter().filter(|line| line.contains("“T-P29A” có ở nhiều dòng")).count();
        assert!(twice >= 5, "{:?}", faults(&report));
        assert!(says(&faults(&report), "dòng 8: "), "a unit whose blank is lost is refused: {:?}", faults(&report));
    }

    async fn a_lost_zero_of_a_tax_code_is_put_back_and_told(app: TestApp) {
        let report = import(app, case("p08-taxzero.xlsx")).await;
        assert_eq!(counts(&report), [1, 0, 0, 0], "{:?}", faults(&report));
        assert_eq!(producer(app, "T-P08").await.1.as_deref(), Some("0100109106"));
        assert!(says(&notes(&report), "dòng 2: Mã số thuế: “100109106” thiếu số 0 ở đầu, đọc là 0100109106"), "{:?}", notes(&report));
    }

    async fn an_average_is_taken_as_it_is_shown(app: TestApp) {
        let report = import(app, Order { good_rows: true, ..case("p37-average.xlsx") }).await;
        assert_eq!(counts(&report), [2, 0, 0, 1], "{:?}", faults(&report));
        assert_eq!(product(app, "T-P37A").await.1[0].score, Some(8567));
        assert_eq!(product(app, "T-P37B").await.1[0].score, Some(7000));
        assert!(says(&notes(&report), "dòng 2: Điểm: “85.6666666666667” có nhiều hơn hai chữ số lẻ, đọc là 85,67"), "{:?}", notes(&report));
        assert!(says(&faults(&report), "dòng 4: Điểm: “0.856” nhỏ hơn 1, có lẽ là phần trăm"), "{:?}", faults(&report));
    }

    async fn moments_are_the_day_that_viet_nam_had(app: TestApp) {
        let report = import(app, Order { good_rows: true, ..case("p39-dates.csv") }).await;
        for (code, day) in [("T-P39-1", "2025-06-19"), ("T-P39-7", "2025-06-19"), ("T-P39-16", "2025-06-19"), ("T-P39-17", "2025-06-20"), ("T-P39-11", "2025-06-19"), ("T-P39-13", "2024-02-29")] {
            assert_eq!(product(app, code).await.1[0].valid_from.to_string(), day, "{code}");
        }
        assert!(says(&notes(&report), "“45827” là số thứ tự ngày của bảng tính, đọc là 19/06/2025"), "{:?}", notes(&report));
        assert!(says(&faults(&report), "Lịch không có ngày 30/02/2025") && says(&faults(&report), "“20250619”"), "{:?}", faults(&report));
    }

    async fn headings_sums_and_signatures_are_no_products(app: TestApp) {
        let report = import(app, case("p42-sections.xlsx")).await;
        assert_eq!((counts(&report), report.total), ([2, 0, 0, 0], 2), "{:?}", faults(&report));
        assert!(says(&notes(&report), "dòng 5: “I HUYỆN GIA LÂM” được coi là tên mục"), "{:?}", notes(&report));
        assert!(says(&notes(&report), "dòng 9: “Tổng cộng: 02 sản phẩm” được coi là dòng cộng"), "{:?}", notes(&report));
    }

    async fn quantities_are_read_as_vietnamese_papers_write_them(app: TestApp) {
        let report = import(app, order("code;name;price;unit\nA-1;A;1.200;Xã Bát Tràng\nA-2;B;1.250.000 đ;Xã Bát Tràng\nA-3;C;1,200;Xã Bát Tràng\nA-4;D;–;Xã Bát Tràng\n".into(), "a.csv")).await;
        assert_eq!(counts(&report), [4, 0, 0, 0], "{:?}", faults(&report));
        let mut prices = Vec::new();
        for code in ["A-1", "A-2", "A-3", "A-4"] {
            prices.push(product(app, code).await.0.price);
        }
        assert_eq!(prices, [Some(1200), Some(1_250_000), Some(1200), None]);
        assert!(says(&notes(&report), "dòng 4: Giá (đồng): “1,200” đọc là 1.200"), "{:?}", notes(&report));
        let mut writer = Writer::new(Format::Xlsx, "x", ["code", "name", "price", "lon", "lat"].map(|name| Column::new(name, 9.0)).to_vec()).unwrap();
        writer.row(&[Value::from("B-1"), Value::from("A"), Value::Float(1.2), Value::Float(105.912), Value::Float(20.971)]).unwrap();
        let report = import(app, order(writer.finish().unwrap(), "a.xlsx")).await;
        assert!(says(&faults(&report), "“1.2” không đọc được là số đồng"), "a number of a workbook is what it is: {:?}", faults(&report));
    }

    async fn rows_that_did_not_pass_come_back_and_are_read_once_corrected(app: TestApp) {
        let rows = "STT,Mã sản phẩm,Tên sản phẩm,\"Xã, phường\",Nhóm sản phẩm,Giá (đồng)\n1,B-1,Tốt,Xã Bát Tràng,Thực phẩm,\"1,200\"\n2,B-2,Hỏng,Xã Bát Tràng,Nhóm lạ,0050\n3,B-3,\"Hỏng, hai\",Xã Không Có,Thực phẩm,1.250.000\n";
        let order_of = order(rows.into(), "a.csv");
        let taken = order_of.taken(LAYOUT);
        let report = import(app, Order { good_rows: true, ..order_of }).await;
        assert_eq!(counts(&report), [1, 0, 0, 2], "{:?}", faults(&report));
        let bytes = taken.bad_rows(&report).await.unwrap().unwrap();
        let table = sheet::read(&bytes, "a.xlsx", &|names| names.len(), &Limits::default()).unwrap();
        assert_eq!(table.header, ["STT", "Mã sản phẩm", "Tên sản phẩm", "Xã, phường", "Nhóm sản phẩm", "Giá (đồng)", "Lỗi"]);
        assert_eq!((table.rows.len(), table.rows[0].get(5), table.rows[1].get(2)), (2, "0050", "Hỏng, hai"));
        assert!(table.rows[0].get(6).starts_with("dòng 3") && table.rows[0].get(6).contains("Nhóm lạ"), "{}", table.rows[0].get(6));
        // as it is, it is refused for the same reasons; the column “Lỗi” is nothing to talk about
        let again = import(app, order(bytes, "a.xlsx")).await;
        assert_eq!((counts(&again), says(&notes(&again), "Lỗi")), ([0, 0, 0, 2], false));
        let mut writer = Writer::new(Format::Xlsx, "x", table.header.iter().map(|name| Column::new(name.as_str(), 9.0)).collect()).unwrap();
        for row in &table.rows {
            let corrected = |cell: &str| Value::from(cell.replace("Nhóm lạ", "Đồ uống").replace("Xã Không Có", "Xã Bát Tràng").as_str());
            writer.row(&row.cells.iter().map(|cell| corrected(cell)).collect::<Vec<_>>()).unwrap();
        }
        let report = import(app, order(writer.finish().unwrap(), "a.xlsx")).await;
        assert_eq!(counts(&report), [2, 0, 0, 0], "{:?}", faults(&report));
        assert_eq!(product(app, "B-3").await.0.price, Some(1_250_000));
        assert!(taken.bad_rows(&report).await.unwrap().is_none());
    }

    async fn the_template_has_lists_and_an_example_that_is_not_read(app: TestApp) {
        let bytes = crate::product::sheet::export::template(app.region(), crate::testing::begin_day()).unwrap();
        let report = import(app, order(bytes.clone(), "mau.xlsx")).await;
        assert_eq!((counts(&report), report.total), ([0, 0, 0, 0], 0), "{:?}", faults(&report));
        assert!(says(&notes(&report), "dòng 2: dòng ví dụ của tệp mẫu còn để lại, không đọc"), "{:?}", notes(&report));
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut zip.by_name("xl/worksheets/sheet1.xml").unwrap(), &mut text).unwrap();
        assert_eq!(text.matches("<dataValidation ").count(), 4);
    }
}
