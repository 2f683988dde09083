//! Lists as offices keep them: each file of `tests/cases` imports, or is refused, with the right values.

use super::*;
use crate::intake::Whole;

/// A file of the project's cases, to be imported.
pub(super) fn case(name: &str) -> Order {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    Order { source: std::fs::read(path).unwrap().into(), file: name.rsplit('/').next().unwrap_or(name).into(), ..order("") }
}

/// Notes of a report, with their rows.
pub(super) fn noted(report: &Report) -> Vec<String> {
    report.warnings.iter().map(|warning| warning.line(Tongue::Vi)).collect()
}

pub(super) fn says(lines: &[String], row: u32, part: &str) -> bool {
    lines.iter().any(|line| line.starts_with(&format!("dòng {row}: ")) && line.contains(part))
}

/// The one product of this name.
pub(super) async fn called(app: &TestApp, name: &str) -> (Product, Vec<Certificate>) {
    let mut tx = app.db().read().await.unwrap();
    let found = fetch_all!(&mut tx, Product, "select * from product where name = $1", name).unwrap();
    let [product] = &found[..] else { panic!("{} called {name}", found.len()) };
    let certificates = store::certificates(&mut tx, &product.id).await.unwrap();
    (product.clone(), certificates)
}

fn papers(certificates: &[Certificate]) -> Vec<(i64, String, &str, &str, &str)> {
    certificates
        .iter()
        .map(|paper| {
            (
                paper.stars,
                paper.valid_from.to_string(),
                paper.decision_no.as_str(),
                paper.recognised_by.as_str(),
                paper.recognition.as_str(),
            )
        })
        .collect()
}

store_test! {
    async fn a_live_four_star_of_today_never_becomes_a_lapsed_three_star_of_before(app: TestApp) {
        let report = import(app, case("lists/03-hai-lan-cong-nhan-mot-dong.xlsx")).await;
        assert_eq!(counts(&report), [1, 0, 0, 0], "{:?}", told(&report));
        let (product, certificates) = product(app, "01-00577-1-2026").await;
        assert_eq!((product.state, product.stars), (State::Live, Some(4)));
        assert!(product.valid_to >= Some(day("2029-02-03")));
        assert_eq!(papers(&certificates), [(3, "2023-03-02".into(), "102/QĐ-UBND", "", ""), (4, "2026-02-03".into(), "202/QĐ-UBND", "", "")]);
        let again = import(app, case("lists/03-hai-lan-cong-nhan-mot-dong.xlsx")).await;
        assert_eq!((counts(&again), again.summary.written), ([0, 0, 1, 0], false));
    }

    async fn a_book_of_an_office_without_codes_is_read_with_both_rounds(app: TestApp) {
        let dry = import(app, Order { dry_run: true, ..case("lists/01-so-cua-chi-cuc-sach.xlsx") }).await;
        let report = import(app, case("lists/01-so-cua-chi-cuc-sach.xlsx")).await;
        assert_eq!((counts(&dry), counts(&report), report.total), ([2, 0, 0, 0], [2, 0, 0, 0], 2), "{:?}", told(&report));
        let (one, certificates) = called(app, "Đậu phụ Thử Nghiệm").await;
        assert_eq!((one.code.as_str(), one.code_fold.as_str(), one.slug.as_str(), one.group_id.as_str()), ("", "", "dau-phu-thu-nghiem", "food"));
        assert_eq!(papers(&certificates), [(3, "2025-05-12".into(), "101/QĐ-UBND", "UBND huyện Gia Lâm", "first")]);
        assert_eq!((certificates[0].valid_to, one.state), (day("2028-05-13"), State::Live), "the last day is printed outside the rounds");
        let (two, certificates) = called(app, "Gốm men thử").await;
        assert_eq!((two.stars, two.state, two.unit_today.as_deref()), (Some(4), State::Live, Some("00577.2025")));
        assert_eq!(papers(&certificates), [(3, "2023-01-02".into(), "102/QĐ-UBND", "UBND huyện Gia Lâm", "first"), (4, "2026-02-03".into(), "202/QĐ-UBND", "UBND thành phố Hà Nội", "")]);
        assert_eq!(certificates[1].valid_to, day("2029-02-04"));
        let before = journal_lines(app).await;
        let again = import(app, case("lists/01-so-cua-chi-cuc-sach.xlsx")).await;
        assert_eq!((counts(&again), again.summary.written, journal_lines(app).await), ([0, 0, 2, 0], false, before), "{:?}", told(&again));
    }

    async fn codes_of_four_makes_are_kept_as_printed_and_what_disagrees_is_told(app: TestApp) {
        let report = import(app, case("lists/06-ma-san-pham.csv")).await;
        let faults = told(&report);
        assert_eq!((counts(&report), report.summary.written), ([7, 0, 0, 2], false), "{faults:?}");
        for row in [8, 9] {
            assert!(says(&faults, row, "“op3fa91c2d” có ở nhiều dòng: chỉ khác mã “OP3FA91C2D” ở dòng 8"), "{faults:?}");
        }
        let notes = noted(&report);
        for (row, part) in [
            (4, "không viết liền bằng gạch nối ngắn"),
            (5, "thiếu số 0 ở đầu mã tỉnh hoặc mã xã"),
            (6, "mang mã của Phường Hà Đông, dòng ghi Xã Bát Tràng"),
            (7, "ghi năm 2025, khác năm công nhận"),
        ] {
            assert!(says(&notes, row, part), "{row} {part}: {notes:?}");
        }
        for row in [2, 3] {
            assert!(!says(&notes, row, "mã “"), "{notes:?}");
        }
        let report = import(app, Order { good_rows: true, ..case("lists/06-ma-san-pham.csv") }).await;
        assert_eq!((counts(&report), report.summary.written), ([7, 0, 0, 2], true));
        for code in ["01-018-00583-3-2022", "01 – 00577 – 13 – 2026", "1-577-14-2026", "01-09556-15-2026"] {
            assert_eq!(product(app, code).await.0.code, code);
        }
        assert_eq!(called(app, "Gốm thử chín").await.0.code, "");
    }

    async fn the_tables_of_the_ministry_are_read(app: TestApp) {
        let report = import(app, case("lists/08-ptnt-ocop-qd5277.csv")).await;
        let notes = noted(&report);
        assert_eq!((counts(&report), report.total), ([3, 0, 0, 0], 4), "{:?}", told(&report));
        let (bowl, certificates) = product(app, "OP3FA91C2D").await;
        assert_eq!((bowl.name.as_str(), bowl.stars, bowl.state, bowl.unit_today.as_deref()), ("Bát thử", Some(4), State::Live, Some("00577.2025")));
        let years: Vec<_> = certificates.iter().map(|paper| (paper.stars, paper.decided_as.as_str(), paper.valid_from.to_string(), paper.decided_on)).collect();
        assert_eq!(years, [(3, "2023", "2023-01-01".into(), None), (4, "2026", "2026-01-01".into(), None)]);
        assert!(certificates[1].valid_to >= day("2029-12-31"), "to the last possible day");
        for (row, part) in [
            (2, "chỉ biết công nhận năm 2023"),
            (3, "cùng sản phẩm với dòng 2: tính là một sản phẩm có thêm một lần công nhận"),
            (3, "của cùng sản phẩm"),
            (4, "tình trạng ghi “HETHAN” nhưng theo ngày công nhận thì có giá trị đến"),
            (5, "“TMP0007” là mã đơn vị tạm"),
            (5, "tình trạng “1” không rõ nghĩa"),
        ] {
            assert!(says(&notes, row, part), "{row} {part}: {notes:?}");
        }
        assert!(notes.iter().any(|line| line.contains("“DoanhThuNam” không có trong mẫu")), "{notes:?}");
        assert_eq!(product(app, "OP77AB01EE").await.0.unit_id.as_deref(), Some("00583.old"));
        assert_eq!(product(app, "OP99CD02FF").await.0.unit_id, None);

        let report = import(app, case("lists/08b-danh-gia-qd5333.csv")).await;
        let notes = noted(&report);
        assert_eq!(counts(&report), [0, 2, 0, 0], "{:?}", told(&report));
        let (bowl, certificates) = product(app, "OP3FA91C2D").await;
        assert_eq!((certificates.len(), bowl.name.as_str(), bowl.stars), (2, "Bát thử", Some(4)));
        let last = &certificates[1];
        assert_eq!((last.decided_on, last.decided_as.as_str(), last.valid_from, last.score), (Some(day("2026-06-20")), "", day("2026-06-20"), Some(8150)), "the year is made a day");
        assert_eq!(last.recognised_by, "Hội đồng OCOP thành phố");
        let (_, certificates) = product(app, "OP77AB01EE").await;
        let known = &certificates[0];
        assert_eq!((certificates.len(), known.stars, known.score, known.decided_as.as_str(), known.recognition.as_str()), (1, 3, None, "2024", "regrading"));
        assert!(says(&notes, 3, "thangDiem ghi mức cao nhất của thang"), "{notes:?}");
        assert!(notes.iter().any(|line| line.contains("coQuanThucHien là cơ quan thực hiện đánh giá")), "{notes:?}");
        let again = import(app, case("lists/08b-danh-gia-qd5333.csv")).await;
        assert_eq!(counts(&again), [0, 0, 2, 0], "{:?}", told(&again));
        let strange = import(app, order("maSanPham,ketQuaXepLoai,thoigGianDanhGia\nOPXX,3*,2025\n")).await;
        assert!(told(&strange)[0].contains("chưa có sản phẩm mã “OPXX” trong sổ"), "{:?}", told(&strange));
    }

    async fn one_cross_is_the_star_and_two_are_a_fault(app: TestApp) {
        let report = import(app, case("imports/p54-xmarks.xlsx")).await;
        assert_eq!(counts(&report), [3, 0, 0, 0], "{:?}", told(&report));
        for (code, stars) in [("T-P54A", 4), ("T-P54B", 3), ("T-P54C", 5)] {
            assert_eq!(product(app, code).await.0.stars, Some(stars), "{code}");
        }
        let report = import(app, order("Mã,Tên,3 sao,4 sao,Năm\nX-1,Hai dấu,x,x,2025\nX-2,Lạ,,đạt,2025\nX-3,Được,,X,2025\n")).await;
        let faults = told(&report);
        assert!(says(&faults, 2, "Hạng sao: có dấu x dưới nhiều hạng (3, 4 sao)") && says(&faults, 3, "“đạt” không phải dấu x") && faults.len() == 2, "{faults:?}");
    }

    async fn a_day_that_is_not_exact_holds_to_its_last_possible_day(app: TestApp) {
        let head = "Mã,Tên,Hạng sao,Ngày công nhận,Năm\n";
        let report = import(app, order(&format!("{head}Y-1,Một,3,,2024\nY-2,Hai,3,tháng 5/2024,\nY-3,Ba,4 sao,15/12/2023,2024\nY-4,Bốn,ba sao,45657,\n"))).await;
        assert_eq!(counts(&report), [4, 0, 0, 0], "{:?}", told(&report));
        let notes = noted(&report);
        assert!(says(&notes, 2, "chỉ biết công nhận năm 2024") && says(&notes, 4, "15/12/2023 khác năm 2024 ghi ở cột năm; lấy theo ngày") && says(&notes, 5, "31/12/2024"), "{notes:?}");
        let one = |code: &'static str| async move { product(app, code).await.1.remove(0) };
        let year = one("Y-1").await;
        assert_eq!((year.decided_on, year.decided_as.as_str(), year.valid_from), (None, "2024", day("2024-01-01")));
        assert!(year.valid_to >= day("2027-12-31"));
        let month = one("Y-2").await;
        assert_eq!((month.decided_as.as_str(), month.valid_from), ("2024-05", day("2024-05-01")));
        assert_eq!((one("Y-3").await.valid_from, one("Y-4").await.decided_on), (day("2023-12-15"), Some(day("2024-12-31"))));
        // the same again changes nothing, the day that was found later does, another star of the same year is asked about
        assert_eq!(counts(&import(app, order(&format!("{head}Y-1,Một,3,,2024\nY-2,Hai,3,5/2024,\n"))).await), [0, 0, 2, 0]);
        assert_eq!(counts(&import(app, order(&format!("{head}Y-1,Một,3,20/06/2024,\n"))).await), [0, 1, 0, 0]);
        let found = one("Y-1").await;
        assert_eq!((found.decided_on, found.decided_as.as_str(), found.valid_from), (Some(day("2024-06-20")), "", day("2024-06-20")));
        assert_eq!(counts(&import(app, order(&format!("{head}Y-1,Một,3,,2024\n"))).await), [0, 0, 1, 0], "the year says no more than the day");
        let unclear = import(app, order(&format!("{head}Y-1,Một,4,,2024\n"))).await;
        assert!(told(&unclear)[0].contains("sổ đã có lần công nhận 3 sao (20/06/2024), dòng ghi 4 sao"), "{:?}", told(&unclear));
        let open = import(app, order(&format!("{head}Y-9,Chín,4,sau 2022,\n"))).await;
        assert!(told(&open)[0].contains("không cho biết muộn nhất là khi nào"), "{:?}", told(&open));
    }

    async fn what_a_title_says_holds_for_every_row_of_an_annex(app: TestApp) {
        let whole = Whole { decision: "301/QĐ-UBND".into(), stars: Some(3), decided_on: Some(day("2026-08-05")) };
        let annex = "TT,Tên sản phẩm,Tên chủ thể,Xã,Hạng sao\nI,NHÓM THỰC PHẨM,,,\n1,Mắm thử,Hộ A,Xã Gia Lâm,\n2,Nem thử,Hộ B,Xã Gia Lâm,4\nII,NHÓM DƯỢC LIỆU,,,\n3,Cao thử,Hộ C,Xã Gia Lâm,\n,Danh sách này có 04 sản phẩm./.,,,\n";
        let report = import(app, Order { whole: whole.clone(), ..order(annex) }).await;
        assert_eq!((counts(&report), report.total), ([3, 0, 0, 0], 3), "{:?}", told(&report));
        let notes = noted(&report);
        assert!(says(&notes, 4, "dòng ghi 4 sao, khác 3 sao ghi cho cả tệp") && says(&notes, 7, "dòng tổng ghi 4 sản phẩm nhưng đọc được 3 dòng"), "{notes:?}");
        for (name, stars, group) in [("Mắm thử", 3, "food"), ("Nem thử", 4, "food"), ("Cao thử", 3, "herb")] {
            let (product, certificates) = called(app, name).await;
            assert_eq!((product.stars, product.group_id.as_str()), (Some(stars), group), "{name}");
            assert_eq!((certificates[0].decision_no.as_str(), certificates[0].decided_on), ("301/QĐ-UBND", Some(day("2026-08-05"))));
        }
        let rounds = run(&app.app, Order { whole, ..case("lists/03-hai-lan-cong-nhan-mot-dong.xlsx") }, Arc::new(|_, _, _| {})).await.unwrap().unwrap_err();
        assert!(rounds.vi.contains("nhiều lần công nhận"), "{}", rounds.vi);
    }

    async fn a_book_with_its_faults_loses_nothing_without_a_word(app: TestApp) {
        let report = import(app, Order { good_rows: true, ..case("lists/02b-nhu-02-them-ma.xlsx") }).await;
        let (faults, notes) = (told(&report), noted(&report));
        assert_eq!(report.total, 11, "{faults:?} {notes:?}");
        assert!(faults.iter().all(|line| ["dòng 9: ", "dòng 14: ", "dòng 15: "].iter().any(|row| line.starts_with(row))), "{faults:?}");
        assert!(says(&faults, 9, "#REF!") && says(&faults, 15, "Xã Không Có Thật"), "{faults:?}");
        for (row, part) in [
            (10, "ngày công nhận 15/12/2023 khác năm 2024"),
            (11, "hạng sao hiện nay ghi 3, lần công nhận gần nhất ghi 4 sao"),
            (12, "lần 2: chỉ biết công nhận năm 2025"),
        ] {
            assert!(says(&notes, row, part), "{row} {part}: {notes:?}");
        }
        let (two, certificates) = product(app, "T-2B-12").await;
        assert_eq!((two.stars, two.state), (Some(4), State::Live), "four stars since 2025");
        let kept: Vec<_> = certificates.iter().map(|paper| (paper.stars, paper.decided_as.as_str(), paper.recognised_by.as_str())).collect();
        assert_eq!(kept, [(3, "", "UBND thị xã Sơn Tây"), (4, "2025", "UBND thành phố Hà Nội")]);
        assert_eq!(product(app, "T-2B-11").await.0.stars, Some(4));
        let (seven, eight) = (product(app, "T-2B-07").await.0, product(app, "T-2B-08").await.0);
        assert!(seven.producer_id.is_some() && seven.producer_id == eight.producer_id && seven.unit_id == eight.unit_id, "a merged cell speaks for all its rows");
        // the doubled product of a producer that is written short: asked, or told
        assert!(report.summary.asked.rows.iter().any(|(row, _)| *row == 13) || says(&notes, 13, "có vẻ trùng với dòng 5"), "{notes:?}");
        let again = import(app, Order { good_rows: true, ..case("lists/02b-nhu-02-them-ma.xlsx") }).await;
        assert_eq!([again.summary.added, again.summary.changed], [0, 0]);
    }

    async fn an_annex_whose_title_says_stars_and_decision_is_read(app: TestApp) {
        let whole = Whole { decision: "301/QĐ-UBND".into(), stars: Some(3), decided_on: Some(day("2026-08-05")) };
        let annex = || Order { whole: whole.clone(), ..case("lists/04-phu-luc-quyet-dinh.xlsx") };
        let report = import(app, annex()).await;
        let notes = noted(&report);
        assert_eq!((counts(&report), report.total, report.summary.written), ([4, 0, 0, 0], 4, true), "{:?} {notes:?}", told(&report));
        assert!(!notes.iter().any(|line| line.contains("dòng tổng ghi")), "four are four: {notes:?}");
        for (name, group, unit) in [("Mắm tép thử", "food", "09556.2025"), ("Nấm thử (tươi)", "food", "00565.2025"), ("Nấm thử (khô)", "food", "00565.2025")] {
            let (product, certificates) = called(app, name).await;
            assert_eq!((product.group_id.as_str(), product.stars, product.producer_id.is_some(), certificates[0].decision_no.as_str()), (group, Some(3), true, "301/QĐ-UBND"), "{name}");
            assert_eq!(product.unit_today.as_deref(), Some(unit), "{name}");
        }
        assert_eq!(called(app, "Cao thử").await.0.group_id, "herb");
        let again = import(app, annex()).await;
        assert_eq!((counts(&again), again.summary.written), ([0, 0, 4, 0], false));
    }

    async fn whole_addresses_and_printed_last_days_are_read(app: TestApp) {
        let report = import(app, Order { good_rows: true, ..case("imports/p50-ld-vi.csv") }).await;
        let (first, certificates) = product(app, "T-P50-0").await;
        assert!(first.unit_id.is_some(), "{:?} {:?}", told(&report), noted(&report));
        assert_eq!((certificates[0].last_day(), certificates[0].stars), (day("2028-06-19"), 4), "as printed");
        assert_eq!(product(app, "T-P50-3").await.1.len(), 0, "three stars without a day make no certificate");
        assert!(says(&noted(&report), 5, "thiếu ngày công nhận nên chưa ghi giấy chứng nhận"), "{:?}", noted(&report));
        assert!(says(&told(&report), 6, "không có hạng 0 sao"), "{:?}", told(&report));
    }
}
