use chrono::NaiveDate;
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format as Style, Formula, Workbook, Worksheet, XlsxError};

use super::*;
use crate::error::both;
use crate::text::{Tongue, nfc_block};

const NAMES: [&str; 7] = ["STT", "Tên", "Xã", "Huyện", "Ngày", "Doanh thu", "Kế hoạch 2026"];

fn knows(names: &[String]) -> usize {
    names.iter().filter(|name| NAMES.contains(&name.as_str())).count()
}

fn read_plain(bytes: &[u8]) -> Result<Table, SheetError> {
    read(bytes, "tệp.csv", &knows, &Limits::default())
}

/// Numbers and values of the rows.
fn rows(table: &Table) -> Vec<(u32, Vec<&str>)> {
    table.rows.iter().map(|row| (row.number, row.cells.iter().map(String::as_str).collect())).collect()
}

fn workbook(fill: impl Fn(&mut Worksheet) -> Result<(), XlsxError>) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet()).unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn a_plain_csv_is_read_whatever_its_delimiter_and_encoding() {
    let text = "STT;Tên;Xã\n1;\"Trà; sen\";Quảng An\n2;Lụa, là;Vạn Phúc\n";
    let wide =
        |unit: fn(u16) -> [u8; 2], mark: [u8; 2]| -> Vec<u8> { mark.into_iter().chain(text.encode_utf16().flat_map(unit)).collect() };
    for bytes in [
        text.as_bytes().to_vec(),
        format!("\u{feff}{text}").into_bytes(),
        text.replace('\n', "\r\n").into_bytes(),
        wide(u16::to_le_bytes, [0xff, 0xfe]),
        wide(u16::to_be_bytes, [0xfe, 0xff]),
    ] {
        let table = read_plain(&bytes).unwrap();
        assert_eq!(table.header, ["STT", "Tên", "Xã"]);
        assert_eq!(rows(&table), [(2, vec!["1", "Trà; sen", "Quảng An"]), (3, vec!["2", "Lụa, là", "Vạn Phúc"])]);
    }
    let tabs = read_plain(b"STT\tT\xc3\xaan\tX\xc3\xa3\n1\ta,b\tc;d").unwrap();
    assert_eq!(rows(&tabs), [(2, vec!["1", "a,b", "c;d"])]);
    let commas = read_plain("STT,Tên,Xã\n1,a;b;c;d;e,f".as_bytes()).unwrap();
    assert_eq!(rows(&commas), [(2, vec!["1", "a;b;c;d;e", "f"])]);
}

#[test]
fn rows_keep_the_numbers_the_spreadsheet_shows() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["", "DANH SÁCH", "", "STT,Tên,Xã", "", "", "1,\"hai\ndòng\",X", "", ",,", "2,b,Y"].join(end);
        let table = read_plain(text.as_bytes()).unwrap();
        assert_eq!(table.header_row, 4, "{end:?}");
        assert_eq!(rows(&table), [(7, vec!["1", "hai\ndòng", "X"]), (10, vec!["2", "b", "Y"])], "{end:?}");
    }
}

#[test]
fn the_header_is_found_under_title_rows_and_footers_are_rows() {
    let text = "UBND XÃ,,\nSTT,Tên,\nKính gửi,Tên,Xã\nSTT,Tên,Xã,Ghi chú\n1,a,b\nTổng cộng,,1";
    let table = read_plain(text.as_bytes()).unwrap();
    assert_eq!((table.header_row, table.header.len()), (4, 4));
    assert_eq!(rows(&table), [(5, vec!["1", "a", "b", ""]), (6, vec!["Tổng cộng", "", "1", ""])]);
}

#[test]
fn a_header_below_the_fortieth_row_or_of_two_names_is_not_found() {
    let late = format!("{}STT,Tên,Xã\n1,a,b", "x\n".repeat(40));
    assert_eq!(read_plain(late.as_bytes()), Err(SheetError::NoHeader { rows: 40, nearest: None }));
    let just = format!("{}STT,Tên,Xã\n1,a,b", "x\n".repeat(39));
    assert_eq!(read_plain(just.as_bytes()).unwrap().header_row, 40);
    assert_eq!(read_plain("STT,Tên\n1,a".as_bytes()), Err(SheetError::NoHeader { rows: 2, nearest: None }));
    assert_eq!(read_plain("STT,STT,STT\n1,a".as_bytes()), Err(SheetError::NoHeader { rows: 2, nearest: None }));
}

#[test]
fn a_csv_header_of_two_rows_is_joined() {
    let text = "STT,Tên,Địa chỉ,,Kế hoạch,\n,,Xã,Huyện,2026,2027\n1,a,b,c,d,e";
    let table = read_plain(text.as_bytes()).unwrap();
    assert_eq!(table.header, ["STT", "Tên", "Xã", "Huyện", "Kế hoạch 2026", "Kế hoạch 2027"]);
    assert_eq!((table.header_row, table.rows.len()), (2, 1));
}

#[test]
fn merged_names_of_a_workbook_count_for_each_column_and_are_joined_with_their_parts() {
    let style = Style::new();
    let bytes = workbook(|sheet| {
        sheet.merge_range(0, 0, 0, 5, "DANH SÁCH", &style)?;
        sheet.merge_range(2, 0, 3, 0, "STT", &style)?;
        sheet.merge_range(2, 1, 3, 1, "Tên", &style)?;
        sheet.merge_range(2, 2, 2, 3, "Địa chỉ", &style)?;
        sheet.merge_range(2, 4, 2, 5, "Kế hoạch", &style)?;
        for (column, part) in (2..).zip(["Xã", "Huyện", "2026", "2027"]) {
            sheet.write(3, column, part)?;
        }
        sheet.write(5, 0, 1)?.write(5, 1, "a")?;
        Ok(())
    });
    let table = read_plain(&bytes).unwrap();
    assert_eq!(table.header, ["STT", "Tên", "Xã", "Huyện", "Kế hoạch 2026", "Kế hoạch 2027"]);
    assert_eq!(table.header_row, 4);
    assert_eq!(rows(&table), [(6, vec!["1", "a", "", "", "", ""])]);
}

#[test]
fn a_data_row_under_a_widely_merged_name_is_not_taken_for_a_part_of_the_header() {
    let bytes = workbook(|sheet| {
        for (column, name) in [(0, "STT"), (1, "Tên"), (2, "Xã")] {
            sheet.write(0, column, name)?;
        }
        sheet.merge_range(0, 3, 0, 4, "Ghi chú", &Style::new())?;
        sheet.write(1, 0, 1)?.write(1, 1, "a")?.write(1, 3, "x")?;
        Ok(())
    });
    let table = read_plain(&bytes).unwrap();
    assert_eq!(table.header, ["STT", "Tên", "Xã", "Ghi chú", "Ghi chú"]);
    assert_eq!(rows(&table), [(2, vec!["1", "a", "", "x", ""])]);
}

#[test]
fn cells_of_a_workbook_become_plain_texts() {
    let date = Style::new().set_num_format("dd/mm/yyyy");
    let time = Style::new().set_num_format("dd/mm/yyyy hh:mm");
    let bytes = workbook(|sheet| {
        sheet.write(1, 0, "STT")?.write(1, 1, "Tên")?.write(1, 2, "Ngày")?;
        sheet.write(2, 0, 12.0)?.write(2, 1, 0.1 + 0.2)?.write(2, 2, 123_456_789_012_345.0)?;
        sheet.write(3, 0, -0.5)?.write(3, 1, 1e20)?.write(3, 2, 1e-7)?;
        sheet.write_with_format(4, 0, ExcelDateTime::from_ymd(2026, 11, 22)?, &date)?;
        sheet.write_with_format(4, 1, ExcelDateTime::from_ymd(2026, 11, 22)?.and_hms(8, 30, 0)?, &time)?;
        sheet.write(5, 0, true)?.write(5, 1, "  Tra\u{300}  sen ")?;
        sheet.write(6, 0, Formula::new("=1+1").set_result("2"))?;
        sheet.write(6, 1, Formula::new("=\"a\"&\"b\"").set_result("ab"))?;
        sheet.write(7, 0, 7)?.write(7, 1, Formula::new("=NA()").set_result("#N/A"))?;
        Ok(())
    });
    let table = read_plain(&bytes).unwrap();
    assert_eq!(
        rows(&table),
        [
            (3, vec!["12", "0.3", "123456789012345"]),
            (4, vec!["-0.5", "100000000000000000000", "0.0000001"]),
            (5, vec!["2026-11-22", "2026-11-22T08:30:00", ""]),
            (6, vec!["TRUE", "Trà  sen", ""]),
            (7, vec!["2", "ab", ""]),
            (8, vec!["7", "", ""]),
        ]
    );
    let fault = CellFault { row: 8, column: 1, wrong: Wrong::Error("#N/A".into()) };
    assert!(fault.text(Tongue::Vi).contains("Ô B8") && fault.text(Tongue::En).contains("Cell B8"));
    assert_eq!(table.rows[5].faults, [fault]);
    assert!(table.rows[..5].iter().all(|row| row.faults.is_empty()));
}

#[test]
fn the_first_visible_sheet_with_a_header_is_read() {
    let mut book = Workbook::new();
    let fill = |sheet: &mut Worksheet, value: &str| -> Result<(), XlsxError> {
        sheet.write(0, 0, "STT")?.write(0, 1, "Tên")?.write(0, 2, "Xã")?.write(1, 1, value)?;
        Ok(())
    };
    book.add_worksheet().write(0, 0, "Hướng dẫn").unwrap();
    let hidden = book.add_worksheet();
    fill(hidden, "ẩn").unwrap();
    hidden.set_hidden(true);
    fill(book.add_worksheet(), "hiện").unwrap();
    let table = read_plain(&book.save_to_buffer().unwrap()).unwrap();
    assert_eq!(rows(&table), [(2, vec!["", "hiện", ""])]);
}

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn each_kind_of_unreadable_file_has_its_own_refusal() {
    let compound = |stream: &str| {
        let name = stream.encode_utf16().flat_map(u16::to_le_bytes);
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".iter().copied().chain([0; 99]).chain(name).collect::<Vec<u8>>()
    };
    let other = || SheetError::NotSheet { name: "tệp.csv".into() };
    assert_eq!(read_plain(b""), Err(SheetError::Empty));
    assert_eq!(read_plain(b"\xef\xbb\xbf \r\n\r\n"), Err(SheetError::Empty));
    assert_eq!(read_plain(&workbook(|_| Ok(()))), Err(SheetError::Empty));
    assert_eq!(read_plain(&compound("Workbook")), Err(SheetError::OldExcel));
    assert_eq!(read_plain(&compound("EncryptedPackage")), Err(SheetError::Encrypted));
    assert_eq!(read_plain(b"STT,T\xean,X\xe3\n1,2,3"), Err(SheetError::NotUtf8));
    assert_eq!(read_plain(b"\xff\xfea"), Err(SheetError::NotUtf8));
    assert_eq!(read_plain(b"STT\0,1"), Err(other()));
    assert_eq!(read_plain(b"%PDF-1.7"), Err(other()));
    assert_eq!(read_plain(b"<html><table>"), Err(other()));
    assert_eq!(read_plain(&zipped(&[("word/document.xml", b"<a/>")])), Err(other()));
    let broken = |bytes: &[u8]| matches!(read_plain(bytes), Err(SheetError::Broken { .. }));
    assert!(broken(b"PK\x03\x04 and no more"));
    assert!(broken(&zipped(&[("xl/workbook.xml", b"<a/>")])));
    let mut whole = workbook(|sheet| sheet.write(0, 0, "STT").map(|_| ()));
    assert!(broken(&whole[..whole.len() / 2]));
    let at = whole.windows(19).position(|name| name == b"xl/worksheets/sheet").unwrap();
    whole[at + 60] ^= 0x55;
    assert!(broken(&whole));
}

#[test]
fn what_exceeds_a_limit_is_refused() {
    let text = b"STT,T\xc3\xaan,X\xc3\xa3\n1,a,b\n2,a,b\n3,a,b\n";
    let with = |limits: Limits| read(text, "a", &knows, &limits);
    let all = Limits::default();
    assert_eq!(with(all).unwrap().rows.len(), 3);
    assert_eq!(with(Limits { rows: 3, ..all }).unwrap().rows.len(), 3);
    assert_eq!(with(Limits { rows: 2, ..all }), Err(SheetError::TooManyRows { limit: 2 }));
    assert_eq!(with(Limits { columns: 2, ..all }), Err(SheetError::TooManyColumns { row: 1, limit: 2 }));
    let bytes = text.len();
    assert_eq!(with(Limits { bytes: 9, ..all }), Err(SheetError::TooLarge { bytes, limit: 9 }));
    let wide = workbook(|sheet| sheet.write(4, 200, "x").map(|_| ()));
    assert_eq!(read_plain(&wide), Err(SheetError::TooManyColumns { row: 5, limit: 200 }));
    let open = format!("STT,Tên,Xã\n1,\"a,{}", "x,y\n".repeat(20_000));
    assert_eq!(read_plain(open.as_bytes()), Err(SheetError::OpenQuote { row: 2 }));
}

#[test]
fn an_archive_that_unpacks_to_far_too_much_is_refused() {
    let zeros = vec![b' '; 40 << 20];
    let bomb = zipped(&[("xl/workbook.xml", b"<a/>"), ("xl/worksheets/sheet1.xml", &zeros)]);
    assert!(bomb.len() < 60_000);
    assert_eq!(read_plain(&bomb), Err(SheetError::Bomb));
    let small = workbook(|sheet| sheet.write(0, 0, "STT").map(|_| ()));
    let tight = Limits { unpacked: 500, ..Limits::default() };
    assert_eq!(read(&small, "a", &knows, &tight), Err(SheetError::Bomb));
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn written(format: Format, rows: &[Vec<Value>]) -> Vec<u8> {
    let columns = ["STT", "Tên", "Xã"].map(|name| Column::new(name, 12.0)).to_vec();
    let mut writer = Writer::new(format, "Bảng [1]: a/b", columns).unwrap();
    for row in rows {
        writer.row(row).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn values_are_written_as_what_they_are() {
    let values = vec![
        vec![Value::Int(-5), Value::Float(1.5), Value::Date(day(2026, 11, 22))],
        vec![Value::Int(i64::MAX), Value::Float(f64::NAN), Value::Date(day(1890, 1, 2))],
        vec![Value::Text("-5".into()), Value::Empty, Value::Text("a\nb \"c\", d".into())],
    ];
    for format in [Format::Csv, Format::Xlsx] {
        assert_eq!(
            rows(&read_plain(&written(format, &values)).unwrap()),
            [
                (2, vec!["-5", "1.5", "2026-11-22"]),
                (3, vec!["9223372036854775807", "", "1890-01-02"]),
                (4, vec!["-5", "", "a\nb \"c\", d"]),
            ],
            "{format:?}"
        );
    }
}

#[test]
fn a_csv_is_utf8_with_a_mark_and_its_texts_are_never_formulas() {
    let texts = ["=1+1", "+1", "-1", "@a", "\ta", "\ra", "'=1", "''", "a=1"];
    let values: Vec<Vec<Value>> = texts.iter().map(|text| vec![Value::from(*text)]).collect();
    let file = String::from_utf8(written(Format::Csv, &values)).unwrap();
    assert_eq!(file, "\u{feff}STT,Tên,Xã\r\n'=1+1\r\n'+1\r\n'-1\r\n'@a\r\n'\ta\r\n\"'\ra\"\r\n''=1\r\n''\r\na=1\r\n");
}

#[test]
fn a_workbook_has_a_frozen_filtered_header_and_no_formula() {
    use std::io::Read;
    let file = written(Format::Xlsx, &[vec![Value::from("=1+1"), Value::Int(3)]]);
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(file)).unwrap();
    let mut sheet = String::new();
    zip.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
    assert!(sheet.contains("state=\"frozen\"") && sheet.contains("<autoFilter ref=\"A1:C2\""));
    assert!(!sheet.contains("<f>") && sheet.contains("<v>3</v>"));
}

#[test]
fn a_text_too_long_for_a_cell_is_cut_and_marked() {
    let long = "đ".repeat(CELL_CHARS + 1);
    for format in [Format::Csv, Format::Xlsx] {
        let table = read_plain(&written(format, &[vec![Value::Text(long.clone())]])).unwrap();
        let cell = table.rows[0].get(0);
        assert_eq!(cell.chars().count(), CELL_CHARS);
        assert!(cell.ends_with("đ…"));
    }
}

#[test]
fn columns_have_the_letters_of_a_spreadsheet() {
    let letters = [0, 25, 26, 51, 52, 701, 702].map(column_letters);
    assert_eq!(letters, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
}

#[test]
fn every_refusal_says_in_both_languages_what_to_do() {
    for error in [
        SheetError::Empty,
        SheetError::TooLarge { bytes: 70 << 20, limit: 64 << 20 },
        SheetError::Bomb,
        SheetError::TooManyRows { limit: 5 },
        SheetError::TooManyColumns { row: 3, limit: 5 },
        SheetError::CellTooLong { row: 3 },
        SheetError::NotSheet { name: "a".into() },
        SheetError::OldExcel,
        SheetError::Encrypted,
        SheetError::Broken { detail: "x".into() },
        SheetError::NotUtf8,
        SheetError::NoHeader { rows: 40, nearest: None },
        SheetError::OpenQuote { row: 4 },
        SheetError::NoSuchSheet { asked: "a".into(), sheets: vec!["b".into()] },
        SheetError::Write { detail: "x".into() },
    ] {
        assert!(error.text(Tongue::Vi).contains("Hãy"), "{error:?}");
        assert!(error.text(Tongue::En).split(". ").count() == 2, "{error:?}");
    }
}

/// Texts as they are kept: in normal form, rich in what breaks tables.
fn kept_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec!["=", "+", "-", "@", "'", "\"", ",", ";", "\t", "\n", " ", "ậ", "đ", "1", "_x0041_", "&", "<", "😀",])
            .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| nfc_block(&pieces.concat()))
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(texts in prop::collection::vec(prop::array::uniform3(kept_text()), 1..6)) {
        let values: Vec<Vec<Value>> = texts
            .iter()
            .map(|row| row.iter().cloned().map(Value::Text).collect())
            .collect();
        let expected: Vec<(u32, Vec<&str>)> = (2..)
            .zip(texts.iter().map(|row| row.iter().map(String::as_str).collect::<Vec<_>>()))
            .filter(|(_, row)| row.iter().any(|text| !text.is_empty()))
            .collect();
        for format in [Format::Csv, Format::Xlsx] {
            let table = read_plain(&written(format, &values)).unwrap();
            prop_assert_eq!(&rows(&table), &expected, "{:?}", format);
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), mark in 0usize..4) {
        let marks: [&[u8]; 4] = [b"", b"PK\x03\x04", b"\xff\xfe", b"STT,T\xc3\xaan,X\xc3\xa3\n"];
        let file = [marks[mark], &bytes].concat();
        prop_assert!(read_plain(&file).map_or(true, |table| table.header.len() >= 3));
    }
}

#[test]
fn what_many_rows_share_is_said_once() {
    let fault = |row: Option<u32>, text: &str| Fault { row, text: both(text.to_owned(), "") };
    let told =
        gathered(&[fault(None, "cột lạ"), fault(Some(9), "hai nghĩa"), fault(Some(10), "khác"), fault(Some(11), "hai nghĩa")], Tongue::Vi);
    assert_eq!(told, ["cột lạ", "2 dòng (9, 11): hai nghĩa", "dòng 10: khác"]);
    let many: Vec<Fault> = (1..=80).map(|row| fault(Some(row), "hai nghĩa")).collect();
    assert_eq!(gathered(&many, Tongue::En), ["80 rows (1, 2, 3, 4, 5, …): "]);
    assert!(gathered(&[], Tongue::Vi).is_empty());
}
