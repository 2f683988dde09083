//! Sheets as people hand them in: read one by one, told what was assumed, refused by name.

use super::books;
use super::layout::{self, Read};
use super::sheet::{Asked, Effect, Sheet};
use super::table;
use crate::access::Role;
use crate::sheet::{Column, Format, Value, Writer};
use crate::store_test;
use crate::testing::TestApp;

const NUMBER: &str = "1048/QĐ-TTg";

fn numbers() -> Vec<(String, &'static books::Family)> {
    books::families()
        .iter()
        .map(|family| (if family.instrument.starts_with("1048") { NUMBER } else { "26/2026/QĐ-TTg" }.to_owned(), family))
        .collect()
}

/// A sheet of three groups whose marks sum up; `third` is what group 3 holds.
fn file(name: &str, third: &str) -> String {
    format!(
        r#"regulation: {{id: "1048/QĐ-TTg"}}
product_sets:
  - id: 22
    name: "{name}"
    available: true
    sections:
      - part: A
        num: "1"
        title: "Tổ chức"
        criteria:
          - num: "1.1"
            title: "Nguyên liệu"
            max: 20
            note: "Ghi chú: Bị loại nếu không rõ nguồn gốc"
            knock_out_note: true
            levels: [{{points: 0, text: "Không"}}, {{points: 20, text: "Có"}}]
          - num: "1.2"
            title: "Quản lý"
            max: 15
            note: "Chọn một trong hai"
            alternatives:
              - levels: [{{points: 5, text: "Ít"}}, {{points: 15, text: "Nhiều"}}]
              - levels: [{{points: 0, text: "Không phải"}}, {{points: 10, text: "Phải"}}]
      - part: B
        num: "2"
        title: "Câu chuyện"
        criteria:
          - {{num: "2.1", title: "Câu chuyện", max: 20, levels: [{{points: 0, text: "Không có"}}, {{points: 20, text: "Có"}}]}}
          - {{num: "2.2", title: "Bản sắc", max: 5, note: "Chỉ áp dụng khi có câu chuyện", levels: [{{points: 0, text: "Giống"}}, {{points: 5, text: "Riêng"}}]}}
{third}"#
    )
}

const THIRD: &str = r#"      - part: C
        num: "3"
        title: "Chất lượng"
        criteria:
          - {num: "3", title: "Chất lượng", max: 40, levels: [{points: 0, text: "Kém"}, {points: 40, text: "Tốt"}]}
"#;

fn read(text: &str) -> Vec<Read> {
    layout::sheets(layout::yaml(text).unwrap(), &numbers()).unwrap()
}

fn wrong(text: &str) -> String {
    read(text).remove(0).sheet.unwrap_err().join("\n")
}

const NAME: &str = "Trang thiết bị, dụng cụ y tế";

#[test]
fn a_sheet_of_a_file_is_read_and_what_was_assumed_is_told() {
    let read = read(&file(NAME, THIRD)).remove(0);
    let sheet = read.sheet.unwrap();
    assert_eq!((sheet.set.as_str(), sheet.number, read.name.as_str()), ("1048-22", 22, "Bộ 22: Trang thiết bị, dụng cụ y tế"));
    let line = |no: &str| sheet.criterion(no).unwrap();
    assert_eq!(line("1.1").knock_outs[0].effect, Effect::Reject);
    assert_eq!(line("2.2").only_if.as_ref().map(|only| (only.no.as_str(), only.not)), Some(("2.1", 0)));
    let Asked::Answers(answers) = &line("1.2").asked else { panic!() };
    assert_eq!(
        answers.iter().map(|answer| (answer.under.as_str(), answer.points)).collect::<Vec<_>>(),
        [("Trường hợp 1", 5), ("Trường hợp 1", 15), ("Trường hợp 2", 0), ("Trường hợp 2", 10)]
    );
    assert!(line("3").is_asked(), "a group of one line with its own number is that line");
    for said in [
        "mục 1.1: ghi chú được đọc là điều kiện “bị loại”",
        "mục 1.2: các trường hợp không có tên",
        "mục 2.2: theo ghi chú, chỉ hỏi khi mục 2.1",
    ] {
        assert!(read.told.iter().any(|told| told.contains(said)), "{said}: {:?}", read.told);
    }
    // the same as JSON
    let json =
        r#"{"regulation": {"id": "1048/QĐ-TTg"}, "product_sets": [{"id": 22, "name": "Trang thiết bị, dụng cụ y tế", "sections": []}]}"#;
    assert!(
        layout::sheets(layout::json(json).unwrap(), &numbers()).unwrap()[0].sheet.as_ref().unwrap_err()[0].contains("không có mục nào")
    );
}

#[test]
fn a_sheet_that_is_wrong_is_refused_by_name_and_its_place() {
    for (from, to, said) in [
        (THIRD, "", "phần C: cộng 0 điểm, phải là 40"),
        ("points: 40, text", "points: 38, text", "mục 3: câu cao nhất 38 điểm, tối đa 40"),
        ("max: 40", "max: 38", "phần C: cộng 38 điểm, phải là 40"),
        ("part: C", "part: D", "không có phần D"),
        (NAME, "Đồ gỗ", "không có bộ tên “Đồ gỗ”"),
    ] {
        let text = file(NAME, THIRD).replacen(from, to, 1);
        assert!(wrong(&text).contains(said), "{said}: {}", wrong(&text));
    }
    let twice = THIRD.replace(
        "num: \"3\", title: \"Chất lượng\", max: 40, levels: [{points: 0, text: \"Kém\"}, {points: 40",
        "num: \"3.1\", title: \"Một\", max: 10, levels: [{points: 0, text: \"Kém\"}, {points: 10",
    );
    let twice = format!("{twice}          - {{num: \"3.1\", title: \"Hai\", max: 30, levels: [{{points: 30, text: \"Tốt\"}}]}}\n");
    let read = read(&file(NAME, &twice)).remove(0);
    assert_eq!(read.sheet.as_ref().unwrap().criterion("3.1b").map(|line| (line.vi.as_str(), line.max)), Some(("Hai", 30)));
    assert!(read.told.iter().any(|told| told.contains("mục 3.1 ghi hai lần trong tệp: mục sau được gọi là 3.1b")), "{:?}", read.told);
    assert!(
        layout::sheets(layout::yaml("regulation: {id: \"490/QĐ-TTg\"}\nproduct_sets: []").unwrap(), &numbers())
            .unwrap_err()
            .contains("490/QĐ-TTg")
    );
    assert!(layout::yaml("regulation: {id: x}\nproduct_set: []").is_err(), "a word that is no part of the layout is no silence");
    assert!(layout::yaml("a: &a [*a, *a]").is_err());
}

#[test]
fn every_shipped_sheet_is_written_as_a_table_and_read_again() {
    for sheet in books::all() {
        let number = if sheet.instrument.starts_with("1048") { NUMBER } else { "26/2026/QĐ-TTg" };
        for format in [Format::Xlsx, Format::Csv] {
            let bytes = table::written(&[(sheet, number)], format).unwrap();
            let read = table::read(&bytes, &format!("phieu.{}", format.extension()), &numbers()).unwrap().remove(0).sheet.unwrap();
            assert_eq!(read.set, sheet.set);
            assert_eq!(read.knock_outs, sheet.knock_outs, "{}", sheet.set);
            for (ours, theirs) in read.criteria.iter().zip(&sheet.criteria) {
                assert_eq!(ours, theirs, "{}", sheet.set);
            }
            assert_eq!(read.criteria.len(), sheet.criteria.len());
        }
    }
}

#[test]
fn the_sheets_of_1048_have_the_parts_of_their_day_and_no_minima() {
    let sheets: Vec<&Sheet> = books::all().iter().filter(|sheet| sheet.instrument.starts_with("1048")).collect();
    assert_eq!(sheets.iter().map(|sheet| (sheet.number, sheet.asked().count())).collect::<Vec<_>>(), [(1, 31), (8, 32), (20, 28)]);
    assert!(sheets.iter().all(|sheet| (1..=5).all(|star| sheet.minima(star) == 0)));
    let gaps: Vec<(&str, String, Option<String>)> =
        books::gaps().into_iter().map(|gap| (gap.instrument, gap.from.to_string(), gap.to.map(|to| to.to_string()))).collect();
    assert_eq!(
        gaps,
        [
            ("1048-qd-ttg-2019", "2019-08-21".to_owned(), Some("2020-06-08".to_owned())),
            ("148-qd-ttg-2023", "2023-02-24".to_owned(), Some("2026-05-22".to_owned()))
        ]
    );
}

store_test! {
    async fn sheets_are_brought_in_by_file_and_a_sent_dossier_keeps_its_wording(app: TestApp) {
        let keeper = app.sign_in(Role::PRODUCT_KEEPER).await;
        let producer = app.sign_in(Role::BUSINESS).await;
        producer.get("/phieu-danh-gia/nhap").await.expect(403);
        let path = "/phieu-danh-gia/nhap";
        keeper.get(path).await.expect(200).says("Nhập phiếu đánh giá");
        keeper.get("/phieu-danh-gia").await.expect(200).says("Không tính được: thiếu phiếu").says("148/QĐ-TTg").says("Nhập phiếu từ tệp");
        let send = async |name: &str, bytes: &[u8], fields: &[(&str, &str)]| keeper.post_files(path, fields, &[("file", name, bytes)]).await;
        send("phieu.pdf", b"%PDF", &[]).await.expect(422).says("chỉ nhận tệp .yaml");
        send("phieu.yaml", b"a: [", &[]).await.expect(422).says("Không đọc được phieu.yaml");
        send("phieu.yaml", &[0xff, 0xfe, 0x00], &[]).await.expect(422).says("UTF-8");
        keeper.post(path, &[("dry_run", "1")]).await.expect(422).says("Hãy chọn một tệp");
        // checked only: nothing is written
        let good = file(NAME, THIRD);
        send("phieu.yaml", good.as_bytes(), &[("dry_run", "on")]).await.expect(200).says("1 trong 1 phiếu đọc được").says("chưa ghi gì");
        keeper.get("/phieu-danh-gia/1048-22").await.expect(404);
        // two sheets, of which one is wrong
        let wrong = "  - {id: 10, name: \"Gạo, ngũ cốc\", available: false, sections: []}\n";
        send("phieu.yaml", format!("{good}{wrong}").as_bytes(), &[]).await.expect(200).says("1 trong 2 phiếu đã nhận").says("Bộ 10: Gạo, ngũ cốc").says("không có mục nào");
        producer.get("/phieu-danh-gia/1048-22").await.expect(200).says("Trường hợp 2").says("chưa đối chiếu").says("Nhập từ tệp");
        producer.get("/phieu-danh-gia").await.expect(200).says("nhập từ phieu.yaml");
        keeper.get("/phieu-danh-gia/1048-10").await.expect(404);
        send("phieu.yaml", good.as_bytes(), &[]).await.expect(200).says("không đổi");
        assert_eq!(app.verbs("score_sheet", "1048-22").await, ["bring_sheet"]);
        // a shipped sheet is corrected as a workbook; its comparison is of another wording then
        keeper.post("/phieu-danh-gia/1048-01/doi-chieu", &[("outcome", "same"), ("source", "Công báo số 800")]).await.expect(303);
        let table = keeper.get("/phieu-danh-gia/1048-01/bang").await.expect(200);
        assert!(table.header("content-disposition").contains("phieu-1048-01.xlsx"));
        let tea = books::of("1048-01").unwrap();
        let mut corrected = tea.clone();
        corrected.criteria.iter_mut().find(|line| line.no == "7").unwrap().vi = "Tính độc đáo của sản phẩm".into();
        let bytes = table::written(&[(&corrected, NUMBER)], Format::Xlsx).unwrap();
        send("sua.xlsx", &bytes, &[]).await.expect(200).says("đã nhận");
        producer.get("/phieu-danh-gia/1048-01").await.expect(200).says("Tính độc đáo của sản phẩm").says("chưa ai đối chiếu");
        let mut tx = app.db().read().await.unwrap();
        let used = crate::scoring::store::sheet(&mut tx, "1048-01").await.unwrap().unwrap();
        assert_ne!(used.digest, tea.digest);
        assert!(std::ptr::eq(crate::scoring::store::worded(&mut tx, &used.digest).await.unwrap().unwrap(), used), "one wording is held once");
        assert!(std::ptr::eq(crate::scoring::store::worded(&mut tx, &tea.digest).await.unwrap().unwrap(), tea), "the wording of before can still be read");
        drop(tx);
        // a table with a column too many is read, one without a column that must be there is not
        let mut writer = Writer::new(Format::Xlsx, "x", ["Văn bản", "Bộ", "Tên bộ", "Mục", "Phần"].map(|name| Column::new(name, 9.0)).to_vec()).unwrap();
        writer.row(&["1048/QĐ-TTg", "1", "Chè tươi, chế biến", "1", "A"].map(Value::from)).unwrap();
        send("thieu.xlsx", &writer.finish().unwrap(), &[]).await.expect(422).says("thiếu cột");
    }
}
