//! Which product a row means: with a code, without one, with one that only the eye takes for the same, in several rows.

use super::cases::{called, noted, says};
use super::*;

const HEAD: &str = "Mã,Tên,Chủ thể,\"Xã, phường\",Hạng sao,Ngày công nhận,Số QĐ,Số GCN\n";

fn list(rows: &str) -> Order {
    order(&format!("{HEAD}{rows}"))
}

store_test! {
    async fn a_product_without_a_code_is_known_by_who_makes_it_where(app: TestApp) {
        let rows = ",Trà sen,HTX Thử Một,Phường Hà Đông,3,05/08/2025,1/QĐ,\n,Trà sén,HTX Thử Một,Phường Hà Đông,3,05/08/2025,1/QĐ,\n,Trà sen,Hộ Thử Hai,Phường Hà Đông,3,05/08/2025,1/QĐ,\n";
        let report = import(app, list(rows)).await;
        assert_eq!(counts(&report), [3, 0, 0, 0], "marks and producers tell products apart: {:?}", told(&report));
        let again = import(app, list(rows)).await;
        assert_eq!((counts(&again), again.summary.written), ([0, 0, 3, 0], false));
        // case and blanks do not; a renewal finds its product
        let report = import(app, list(",TRÀ  SÉN,htx thử một,Hà Đông,4,06/08/2026,2/QĐ,\n")).await;
        assert_eq!(counts(&report), [0, 1, 0, 0], "{:?} {:?}", told(&report), noted(&report));
        let (product, certificates) = called(app, "Trà sén").await;
        assert_eq!((product.stars, certificates.len(), product.name.as_str()), (Some(4), 2, "Trà sén"));
        // a later list brings the code, told
        let report = import(app, list("SP-7,Trà sén,HTX Thử Một,Phường Hà Đông,4,06/08/2026,2/QĐ,\n")).await;
        assert_eq!(counts(&report), [0, 1, 0, 0], "{:?}", told(&report));
        assert!(says(&noted(&report), 2, "đã có trong sổ mà chưa có mã") && says(&noted(&report), 2, "nay được ghi mã “SP-7”"), "{:?}", noted(&report));
        let (product, certificates) = super::product(app, "SP-7").await;
        assert_eq!((product.name.as_str(), product.code_fold.as_str(), certificates.len(), app.rows_of("product").await), ("Trà sén", "sp7", 2, 3));
        // and a list without codes still finds it
        let report = import(app, list(",Trà sén,HTX Thử Một,Phường Hà Đông,4,06/08/2026,2/QĐ,\n")).await;
        assert_eq!(counts(&report), [0, 0, 1, 0]);
        assert!(says(&noted(&report), 2, "được hiểu là “Trà sén” mã “SP-7”"), "{:?}", noted(&report));
        let report = import(app, list(",Trà sen,,Phường Hà Đông,4,06/08/2026,2/QĐ,\n")).await;
        assert!(told(&report)[0].contains("hãy ghi mã, hoặc ghi chủ thể"), "{:?}", told(&report));
    }

    async fn codes_that_only_the_eye_takes_for_one_are_told(app: TestApp) {
        import(app, list("OP3FA91C2D,Bát,Hộ A,Phường Hà Đông,3,05/08/2025,1/QĐ,\n01-00577-9-2026,Đĩa,Hộ A,Phường Hà Đông,,,,\n")).await;
        let other = import(app, list("op3fa91c2d,Chén,Hộ B,Phường Hà Đông,3,05/08/2025,1/QĐ,\n")).await;
        assert_eq!(counts(&other), [0, 0, 0, 1]);
        assert!(told(&other)[0].contains("mã “op3fa91c2d” chỉ khác mã “OP3FA91C2D” của “Bát”") && told(&other)[0].contains("hãy ghi đúng mã “OP3FA91C2D”"), "{:?}", told(&other));
        let same = import(app, list("1 – 577 – 9 – 2026,đĩa,Hộ A,Phường Hà Đông,3,05/08/2026,3/QĐ,\n")).await;
        assert_eq!(counts(&same), [0, 1, 0, 0], "{:?}", told(&same));
        assert!(says(&noted(&same), 2, "chỉ khác mã “01-00577-9-2026” đã có"), "{:?}", noted(&same));
        assert_eq!(super::product(app, "01-00577-9-2026").await.0.stars, Some(3), "the code stays as recorded");
    }

    async fn one_row_a_recognition_becomes_one_product(app: TestApp) {
        let rows = "R-1,Gốm,Hộ A,Phường Hà Đông,4,03/02/2026,202/QĐ,GCN-2\nR-1,Gốm,Hộ A,Phường Hà Đông,3,02/01/2023,102/QĐ,GCN-1\nR-2,Lụa,Hộ B,Phường Hà Đông,3,05/08/2025,1/QĐ,\nR-2,Lụa,Hộ B,Phường Hà Đông,3,05/08/2025,1/QĐ,\n";
        let dry = import(app, Order { dry_run: true, ..list(rows) }).await;
        let report = import(app, list(rows)).await;
        assert_eq!((counts(&dry), counts(&report), report.summary.written), ([2, 0, 0, 0], [2, 0, 0, 0], true), "{:?}", told(&report));
        let (product, certificates) = super::product(app, "R-1").await;
        assert_eq!((product.stars, product.state, certificates.len()), (Some(4), State::Live, 2));
        assert_eq!(super::product(app, "R-2").await.1.len(), 1);
        let notes = noted(&report);
        assert!(says(&notes, 3, "cùng sản phẩm với dòng 2") && says(&notes, 5, "trùng với dòng 4: chỉ tính một lần"), "{notes:?}");
        assert_eq!(counts(&import(app, list(rows)).await), [0, 0, 2, 0]);
        // what contradicts itself is for a person
        for (rows, part) in [
            ("R-3,Gốm,Hộ A,Phường Hà Đông,4,03/02/2026,1/QĐ,\nR-3,Gốm,Hộ A,Phường Hà Đông,3,03/02/2026,1/QĐ,\n", "hạng sao của cùng một lần công nhận"),
            ("R-3,Gốm,Hộ A,Phường Hà Đông,4,03/02/2026,1/QĐ,\nR-3,Gốm,Hộ B,Phường Hà Đông,4,03/02/2026,1/QĐ,\n", "chủ thể"),
            ("R-3,Gốm,Hộ A,Phường Hà Đông,4,03/02/2026,1/QĐ,\nR-3,Gốm,Hộ A,Phường Sơn Tây,4,03/02/2026,1/QĐ,\n", "xã, phường"),
            ("R-3,Gốm,Hộ A,Phường Hà Đông,4,2025,,\nR-3,Gốm,Hộ A,Phường Hà Đông,3,05/08/2025,,\n", "không rõ lần công nhận"),
            (",Gốm,Hộ A,Phường Hà Đông,4,2025,,\nR-3,Gốm,Hộ A,Phường Hà Đông,4,2025,,\nR-4,Gốm,Hộ A,Phường Hà Đông,4,2025,,\n", "tệp có nhiều mã cho “Gốm”"),
        ] {
            let report = import(app, list(rows)).await;
            assert!(!report.summary.written && told(&report).iter().all(|line| line.contains(part)), "{part}: {:?}", told(&report));
        }
        let doubled = import(app, Order { dry_run: true, ..list("R-5,Nem,Hộ C,Phường Hà Đông,4,2025,,\nR-6,Nem,Hộ C,Phường Hà Đông,4,2025,,\n") }).await;
        assert!(says(&noted(&doubled), 3, "có vẻ trùng với dòng 2"), "{:?}", noted(&doubled));
    }

    async fn rows_that_may_be_one_product_are_never_two(app: TestApp) {
        let apart: String = (0..1100).map(|at| format!("F-{at},Quạt {at},Hộ Xa,Phường Hà Đông,,,,\n")).collect();
        for (between, last) in [("", 3), (apart.as_str(), 1103)] {
            let (name, maker) = (format!("Trà sen {last}"), format!("HTX Thử {last}"));
            let rows = format!(",{name},{maker},Phường Hà Đông,3,05/08/2025,1/QĐ,\n{between},{name},{maker},,3,05/08/2025,1/QĐ,\n");
            for dry_run in [true, false] {
                let report = import(app, Order { dry_run, ..list(&rows) }).await;
                assert_eq!(counts(&report)[3], 1, "{:?}", told(&report));
                assert!(told(&report)[0].starts_with(&format!("dòng {last}: có thể cùng là “{name}” ở dòng 2")), "{:?}", told(&report));
            }
            // with the product in the register the second row is still its second row
            import(app, list(&format!(",{name},{maker},Phường Hà Đông,3,05/08/2025,1/QĐ,\n"))).await;
            let report = import(app, list(&rows)).await;
            assert_eq!(counts(&report)[3], 1, "{:?}", told(&report));
            // two communes are two products
            let report = import(app, list(&format!(",{name} mới,{maker},Phường Hà Đông,3,05/08/2025,1/QĐ,\n,{name} mới,{maker},Xã Bát Tràng,3,05/08/2025,1/QĐ,\n"))).await;
            assert_eq!(counts(&report), [2, 0, 0, 0], "{:?}", told(&report));
        }
        // two ways of placing a tone are one name, two ways of naming a producer with one tax code are one producer
        let report = import(app, order("Mã,Tên,Chủ thể,MST,Xã\n,Bánh Hoà,HTX Bánh Ngon,0100109106,Phường Hà Đông\n,Bánh Hòa,Hợp tác xã Bánh Ngon,0100109106,Phường Hà Đông\n")).await;
        assert_eq!(counts(&report)[3], 1, "{:?}", told(&report));
    }

    async fn a_later_round_is_never_lost_for_want_of_a_day(app: TestApp) {
        let head = "Mã,Tên,Lần 1 Hạng sao,Lần 1 Năm,Nâng hạng Hạng sao,Nâng hạng Năm,Hạng sao hiện nay\n";
        let report = import(app, order(&format!("{head}L-1,Gốm,3,2021,4,,4\n"))).await;
        assert!(told(&report)[0].contains("lần 2 ghi 4 sao nhưng thiếu ngày, năm công nhận"), "{:?}", told(&report));
        let report = import(app, order(&format!("{head}L-1,Gốm,3,2021,4*,2025,3\nL-2,Lụa,3,2025,4,2025,4\n"))).await;
        assert_eq!(counts(&report), [2, 0, 0, 0], "{:?}", told(&report));
        assert!(says(&noted(&report), 2, "hạng sao hiện nay ghi 3, lần công nhận gần nhất ghi 4 sao"), "{:?}", noted(&report));
        let (product, certificates) = super::product(app, "L-1").await;
        assert_eq!((product.stars, product.state, certificates[1].recognition.as_str()), (Some(4), State::Live, "upgrade"));
        let (product, _) = super::product(app, "L-2").await;
        assert_eq!(product.stars, Some(4), "the second of one year came later");
        assert_eq!(counts(&import(app, order(&format!("{head}L-1,Gốm,3,2021,4*,2025,3\nL-2,Lụa,3,2025,4,2025,4\n"))).await), [0, 0, 2, 0]);
    }

    async fn products_without_a_code_are_exported_once_each_and_come_back_unchanged(app: TestApp) {
        let row = |i: u32| format!("{},Sản phẩm {i},Hộ Thử {},Phường Hà Đông,3,05/08/2025,{i}/QĐ,\n", if i.is_multiple_of(2) { format!("E-{i}") } else { String::new() }, i % 40);
        let rows: String = (0..2600).map(row).collect();
        let report = import(app, list(&rows)).await;
        assert_eq!(counts(&report), [2600, 0, 0, 0], "{:?}", told(&report).first());
        let mut tx = app.db().read().await.unwrap();
        let (mut file, mut csv) = (Export::new(Products::new(&app.app, &Scope::All), Format::Csv), Vec::new());
        file.write(&mut tx, |piece, _| {
            csv.extend_from_slice(piece);
            Ok(())
        }).await.unwrap();
        let xlsx = Export::new(Products::new(&app.app, &Scope::All), Format::Xlsx).whole(&mut tx).await.unwrap();
        drop(tx);
        let text = String::from_utf8(csv.clone()).unwrap();
        let names: std::collections::BTreeSet<&str> = text.lines().skip(1).filter_map(|line| line.split(',').nth(1)).collect();
        assert_eq!((file.rows(), names.len()), (2600, 2600));
        for bytes in [csv, xlsx] {
            let again = import(app, Order { source: bytes.into(), ..order("") }).await;
            assert_eq!((counts(&again), again.summary.written), ([0, 0, 2600, 0], false), "{:?}", told(&again).first());
        }
    }

    async fn codes_of_a_store_of_before_are_folded_when_it_is_opened(app: TestApp) {
        import(app, list("A-01,Một,Hộ A,Phường Hà Đông,,,,\n,Hai,Hộ A,Phường Hà Đông,,,,\n")).await;
        let mut tx = app.db().write().await.unwrap();
        execute!(&mut tx, "update product set code_fold = ''").unwrap();
        tx.commit().await.unwrap();
        for _ in 0..2 {
            crate::product::bulk::ensure_folds(app.db()).await.unwrap();
        }
        let mut tx = app.db().read().await.unwrap();
        let folds = fetch_all!(&mut tx, (String, String), "select code, code_fold from product order by code").unwrap();
        assert_eq!(folds, [(String::new(), String::new()), ("A-01".to_owned(), "a1".to_owned())]);
        assert_eq!(store::find_typed(&mut tx, "a 1").await.unwrap().map(|product| product.name), Some("Một".to_owned()));
        assert!(store::find_typed(&mut tx, "").await.unwrap().is_none() && store::find_by_code(&mut tx, "").await.unwrap().is_none());
    }
}
