use std::sync::Arc;

use crate::access::Role;
use crate::intake::{Order, Report};
use crate::party::BodyKind;
use crate::testing::TestApp;
use crate::{fetch_all, fetch_one, point, product, store_test};

const HEAD: &str = "code,name,producer,producer_kind,tax_code,unit";

fn order(text: &str, dry_run: bool) -> Order {
    Order { dry_run, ..Order::new(text.as_bytes(), "thử.csv", ("system", "test")) }
}

async fn import(app: &TestApp, rows: &str) -> Report {
    let text = format!("{HEAD}\n{rows}");
    let tried = run(app, order(&text, true)).await;
    let written = run(app, order(&text, false)).await;
    assert_eq!((counts(&tried), notes(&tried)), (counts(&written), notes(&written)), "a dry run says what the write says");
    written
}

async fn run(app: &TestApp, order: Order) -> Report {
    product::sheet::run(&app.app, order, Arc::new(|_, _, _| {})).await.unwrap().map_err(|text| text.vi.into_owned()).unwrap()
}

/// Added, changed, unchanged, skipped, waiting.
fn counts(report: &Report) -> [usize; 5] {
    let summary = &report.summary;
    [summary.added, summary.changed, summary.unchanged, summary.skipped, summary.waiting]
}

fn notes(report: &Report) -> Vec<String> {
    report.warnings.iter().map(|note| note.line(crate::text::Tongue::Vi)).collect()
}

/// Codes of products with the names of their producers.
async fn producers(app: &TestApp) -> Vec<(String, String)> {
    let mut tx = app.db().read().await.unwrap();
    fetch_all!(
        &mut tx,
        (String, String),
        "select p.code, b.name from product p join body b on b.id = p.producer_id where p.demo = false order by p.code"
    )
    .unwrap()
}

async fn bodies(app: &TestApp) -> Vec<String> {
    let mut names: Vec<String> = producers(app).await.into_iter().map(|(_, name)| name).collect();
    names.sort();
    names.dedup();
    names
}

async fn questions(app: &TestApp) -> Vec<(String, String)> {
    let mut tx = app.db().read().await.unwrap();
    fetch_all!(&mut tx, (String, String), "select id, name from body_question where state = 'open' order by id").unwrap()
}

async fn states(app: &TestApp) -> Vec<String> {
    let mut tx = app.db().read().await.unwrap();
    fetch_all!(&mut tx, (String,), "select state from waiting_row order by number").unwrap().into_iter().map(|(state,)| state).collect()
}

async fn answer(app: &TestApp, question: &str, who: &str) {
    let keeper = app.sign_in(Role::ADMINISTRATOR).await;
    let path = format!("/chu-the/can-xac-dinh/{question}");
    let mark = keeper.get(&path).await.value("mark");
    keeper.post(&path, &[("who", who), ("mark", &mark)]).await.expect(303);
    app.work().await;
}

async fn candidate(app: &TestApp, question: &str) -> String {
    let mut tx = app.db().read().await.unwrap();
    fetch_one!(&mut tx, (String,), "select body_id from body_candidate where question_id = $1", question).unwrap().0
}

store_test! {
    async fn an_answer_given_at_a_form_frees_the_rows_that_wait(app: TestApp) {
        import(app, "W-1,A,Hợp tác xã Sen Thử,cooperative,,Xã Bát Tràng\nW-2,B,HTX Sen Thử,cooperative,,Xã Bát Tràng\n").await;
        assert_eq!(states(app).await, ["waiting"]);
        let (id, _) = questions(app).await.remove(0);
        let mut tx = app.db().write().await.unwrap();
        let by = crate::party::question::By { id: "system", name: "test", at: crate::testing::begin() };
        crate::party::question::answer(&mut tx, &id, None, by).await.unwrap();
        crate::job::queue(&mut tx, crate::testing::begin(), crate::party::ANSWERED_JOB, "test", "system").await.unwrap();
        tx.commit().await.unwrap();
        app.work().await;
        assert_eq!(states(app).await, ["written"]);
        assert_eq!(bodies(app).await, ["HTX Sen Thử", "Hợp tác xã Sen Thử"], "another body, as was said");
    }

    async fn marks_make_four_people_of_four_names(app: TestApp) {
        let report = import(app, "T-1,Nón,HKD Nguyễn Thị Tú,,,Xã Bát Tràng\nT-2,Nón,HKD Nguyễn Thị Tư,,,Xã Bát Tràng\nT-3,Nón,HKD Nguyễn Thị Tự,,,Xã Bát Tràng\nT-4,Nón,HKD Nguyễn Thị Từ,,,Xã Bát Tràng\nT-5,Quạt,hkd NGUYỄN THỊ TỪ,,,Xã Bát Tràng\n").await;
        assert_eq!(counts(&report), [5, 0, 0, 0, 0]);
        assert_eq!(bodies(app).await.len(), 4);
        assert_eq!(notes(&report).iter().filter(|note| note.contains("khác dấu")).count(), 1, "{:?}", notes(&report));
        let report = import(app, "S-1,Gạo,Hợp tác xã Hoa Sơn,,,Xã Bát Tràng\nS-2,Gạo,Hợp tác xã Hòa Sơn,,,Xã Bát Tràng\nS-3,Nếp,Hợp tác xã Hoà Sơn,,,Xã Bát Tràng\n").await;
        assert_eq!(counts(&report), [3, 0, 0, 0, 0]);
        let of: Vec<String> = producers(app).await.into_iter().filter(|(code, _)| code.starts_with('S')).map(|(_, name)| name).collect();
        assert_eq!(of, ["Hợp tác xã Hoa Sơn", "Hợp tác xã Hòa Sơn", "Hợp tác xã Hòa Sơn"]);
    }

    async fn spellings_of_one_name_are_one_body(app: TestApp) {
        let rows = "N-1,Gạo,Hợp tác xã “Hoa Sơn”,,,Xã Bát Tràng\nN-2,Gạo,Ho\u{323}\u{31b}p ta\u{301}c xa\u{303} \"\"Hoa So\u{31b}n\"\",,,Xã Bát Tràng\nN-3,Gạo,HỢP TÁC\u{a0}XÃ  Hoa\u{200b} Sơn,,,Xã Bát Tràng\n";
        let report = import(app, &rows.replace("Ho\u{323}", "\"Ho\u{323}").replace("n\"\",", "n\"\"\",")).await;
        assert_eq!(counts(&report), [3, 0, 0, 0, 0], "{:?}", report.summary.faults);
        assert_eq!(bodies(app).await, ["Hợp tác xã “Hoa Sơn”"]);
    }

    async fn the_tax_code_of_another_firm_moves_nothing(app: TestApp) {
        let text = String::from_utf8_lossy(include_bytes!("../../../tests/cases/imports/p52-taxmove.csv")).into_owned();
        let report = run(app, order(&text, false)).await;
        assert_eq!(counts(&report), [1, 0, 0, 0, 1]);
        assert_eq!(producers(app).await, [("T-M9".to_owned(), "Công ty TNHH Một".to_owned())]);
        let report = run(app, order("code,name,producer,tax_code\nT-M9,Bánh thử,Hợp tác xã Hai,0100109106\n", false)).await;
        assert_eq!(counts(&report), [0, 0, 0, 0, 1]);
        assert_eq!(producers(app).await, [("T-M9".to_owned(), "Công ty TNHH Một".to_owned())]);
        assert!(notes(&report)[0].contains("trùng mã số thuế, khác tên"), "{:?}", notes(&report));
    }

    async fn a_near_name_waits_and_is_written_once_it_is_answered(app: TestApp) {
        assert_eq!(counts(&import(app, "A-1,Gạo,Hợp tác xã Hoa Sơn,cooperative,,Xã Bát Tràng\n").await), [1, 0, 0, 0, 0]);
        let rows = "B-1,Gạo,HTX Hoa Sơn,,,Xã Bát Tràng\nB-2,Nếp,HTX Hoa Sơn,,,Xã Bát Tràng\nB-3,Trà,Hộ Ba,,,Xã Bát Tràng\nB-4,Bún,hop tac xa hoa son,,,Xã Bát Tràng\n";
        let report = import(app, rows).await;
        assert_eq!(counts(&report), [1, 0, 0, 0, 3], "the others go on");
        assert!(report.summary.written && report.summary.faults.is_empty());
        // the same file once more asks nothing new
        assert_eq!(counts(&import(app, rows).await), [0, 0, 1, 0, 3]);
        assert_eq!(states(app).await, ["waiting"; 3]);
        let open = questions(app).await;
        assert_eq!(open.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["HTX Hoa Sơn", "hop tac xa hoa son"]);

        let hoa_son = candidate(app, &open[0].0).await;
        answer(app, &open[0].0, &hoa_son).await;
        assert_eq!(states(app).await, ["written", "written", "waiting"]);
        answer(app, &open[1].0, "other").await;
        assert_eq!(states(app).await, ["written"; 3]);
        let names = ["Hợp tác xã Hoa Sơn", "Hợp tác xã Hoa Sơn", "Hợp tác xã Hoa Sơn", "Hộ Ba", "hop tac xa hoa son"];
        assert_eq!(producers(app).await.into_iter().map(|(_, name)| name).collect::<Vec<_>>(), names);
        assert_eq!(app.verbs("body_question", &open[0].0).await, ["answer_body"]);
        // remembered: nothing is asked again, nothing changes
        assert_eq!(counts(&import(app, rows).await), [0, 0, 4, 0, 0]);
        assert!(questions(app).await.is_empty());
        assert_eq!(counts(&import(app, "B-5,Miến,HTX Hoa Sơn,,,Xã Bát Tràng\n").await), [1, 0, 0, 0, 0]);
        assert_eq!(producers(app).await[5], ("B-5".to_owned(), "Hợp tác xã Hoa Sơn".to_owned()));
    }

    async fn two_near_names_of_one_first_file_ask_once(app: TestApp) {
        let rows = "C-1,Gạo,Hợp tác xã nông nghiệp Quang Minh,,,Xã Bát Tràng\nC-2,Nếp,Hợp tác xã nông nghiệp Quang Mih,,,Xã Bát Tràng\nC-3,Trà,Hợp tác xã nông nghiệp Quang Mih,,,Xã Bát Tràng\nC-4,Bún,Hợp tác xã nông nghiệp Quang Mih,,,09556.2025\n";
        let report = import(app, rows).await;
        assert_eq!(counts(&report), [2, 0, 0, 0, 2], "another unit is another body");
        assert_eq!(questions(app).await.len(), 1);
        answer(app, &questions(app).await[0].0, "drop").await;
        assert_eq!(states(app).await, ["dropped", "dropped"]);
        assert_eq!(counts(&import(app, rows).await), [0, 0, 2, 0, 2], "what was dropped is asked again when its file comes again");
    }

    async fn a_row_that_is_wrong_when_it_is_read_again_says_why(app: TestApp) {
        import(app, "D-1,Gạo,Hợp tác xã Hoa Sơn,,,Xã Bát Tràng\n").await;
        run(app, order("code,name,producer,unit,stars,decided_on,certificate_no\nD-2,Gạo,HTX Hoa Sơn,Xã Bát Tràng,4,2025-03-04,GCN-D\n", false)).await;
        run(app, order("code,name,producer,unit,stars,decided_on,certificate_no\nD-3,Gạo,Hợp tác xã Hoa Sơn,Xã Bát Tràng,4,2025-03-04,GCN-D\n", false)).await;
        let question = questions(app).await[0].0.clone();
        answer(app, &question, "other").await;
        let mut tx = app.db().read().await.unwrap();
        let (state, outcome, number) = fetch_one!(&mut tx, (String, String, i64), "select state, outcome, number from waiting_row").unwrap();
        assert_eq!((state.as_str(), number), ("refused", 2));
        assert!(outcome.contains("GCN-D"), "{outcome}");
        drop(tx);
        let keeper = app.sign_in(Role::ADMINISTRATOR).await;
        keeper.get(&format!("/chu-the/can-xac-dinh/{question}")).await.expect(200).says("không ghi được").says("GCN-D").says("thử.csv, dòng 2");
    }

    async fn kind_unit_and_tax_code_narrow_what_a_name_means(app: TestApp) {
        import(app, "K-1,Gạo,Hoa Sen,cooperative,,Xã Bát Tràng\n").await;
        // another kind in the same unit is asked, in another unit it is another body
        assert_eq!(counts(&import(app, "K-2,Gạo,Hoa Sen,household,,Xã Bát Tràng\nK-3,Gạo,Hoa Sen,household,,09556.2025\n").await), [1, 0, 0, 0, 1]);
        // an old name of the unit is the unit of today
        let report = import(app, "K-4,Gạo,Hoa Sen,cooperative,0100109106,\"Xã Bát Tràng, Huyện Gia Lâm\"\n").await;
        assert_eq!(counts(&report), [1, 0, 0, 0, 0], "{:?} {:?}", report.summary.faults, notes(&report));
        assert!(notes(&report).iter().any(|note| note.contains("chưa có mã số thuế")), "{:?}", notes(&report));
        // the same name with another code is asked
        let report = import(app, "K-5,Gạo,Hoa Sen,cooperative,0101234567,Xã Bát Tràng\n").await;
        assert!(counts(&report) == [0, 0, 0, 0, 1] || !report.summary.faults.is_empty(), "{:?}", report.summary.faults);
        // no unit, and two of this name: asked; no unit and one of it: told
        assert_eq!(counts(&import(app, "K-6,Gạo,Hoa Sen,,,\n").await), [0, 0, 0, 0, 1]);
        import(app, "L-1,Gạo,Hoa Cúc,,,Xã Bát Tràng\n").await;
        let report = import(app, "L-2,Gạo,Hoa Cúc,,,\n").await;
        assert_eq!(counts(&report), [1, 0, 0, 0, 0]);
        assert!(notes(&report).iter().any(|note| note.contains("chỉ có một chủ thể tên này")), "{:?}", notes(&report));
    }

    async fn points_wait_by_the_same_rule(app: TestApp) {
        import(app, "P-1,Gạo,Hợp tác xã Hoa Sơn,,0100109106,Xã Bát Tràng\n").await;
        let text = "code,name,kind,unit,operator,tax_code\nD-1,Quầy một,craft_village,Xã Bát Tràng,Hợp tác xã Hoa Sơn,\nD-2,Quầy hai,craft_village,Xã Bát Tràng,HTX Hoa Sơn,\nD-3,Quầy ba,craft_village,Xã Bát Tràng,Công ty Khác,0100109106\n";
        let mut reports = Vec::new();
        for dry_run in [true, false, false] {
            reports.push(point::sheet::run(&app.app, order(text, dry_run), Arc::new(|_, _, _| {})).await.unwrap().unwrap());
        }
        assert_eq!(reports.iter().map(counts).collect::<Vec<_>>(), [[1, 0, 0, 0, 2], [1, 0, 0, 0, 2], [0, 0, 1, 0, 2]]);
        let open = questions(app).await;
        assert_eq!(open.len(), 2);
        let hoa_son = candidate(app, &open[0].0).await;
        answer(app, &open[0].0, &hoa_son).await;
        answer(app, &open[1].0, "other").await;
        let mut tx = app.db().read().await.unwrap();
        let found = fetch_all!(&mut tx, (String, String, Option<String>), "select p.code, b.name, b.tax_code from point p join body b on b.id = p.operator_id where p.code like 'D-%' order by p.code").unwrap();
        let found: Vec<(&str, &str, Option<&str>)> = found.iter().map(|(code, name, tax)| (code.as_str(), name.as_str(), tax.as_deref())).collect();
        assert_eq!(found, [("D-1", "Hợp tác xã Hoa Sơn", Some("0100109106")), ("D-2", "Hợp tác xã Hoa Sơn", Some("0100109106")), ("D-3", "Công ty Khác", None)]);
    }

    async fn a_joined_name_means_the_body_that_stands_for_it(app: TestApp) {
        import(app, "J-1,Gạo,Hợp tác xã Hoa Sơn,,,Xã Bát Tràng\nJ-2,Gạo,Cơ sở Gốm Mai,,,Xã Bát Tràng\n").await;
        let mut tx = app.db().write().await.unwrap();
        let ids = fetch_all!(&mut tx, (String,), "select producer_id from product where code like 'J-%' order by code").unwrap();
        let by = crate::party::question::By { id: "system", name: "test", at: app.clock().now() };
        crate::party::join::join(&mut tx, app.held(), &ids[1].0, &ids[0].0, crate::party::join::Why { reason: "thử", succession: None }, by).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(counts(&import(app, "J-2,Gạo,Cơ sở Gốm Mai,,,Xã Bát Tràng\nJ-3,Gạo,CƠ SỞ Gốm Mai,,,Xã Bát Tràng\n").await), [1, 0, 1, 0, 0]);
        assert_eq!(bodies(app).await, ["Hợp tác xã Hoa Sơn"]);
    }

    async fn the_list_is_paged_and_answered_many_at_once(app: TestApp) {
        let (first, near): (Vec<String>, Vec<String>) = (0..25).map(|at| (format!("M-{at},Gạo,Hợp tác xã Sen Hồng {at},,,Xã Bát Tràng"), format!("N-{at},Nếp,HTX Sen Hồng {at},,,Xã Bát Tràng"))).unzip();
        assert_eq!(counts(&import(app, &first.join("\n")).await), [25, 0, 0, 0, 0]);
        assert_eq!(counts(&import(app, &near.join("\n")).await), [0, 0, 0, 0, 25]);
        let keeper = app.sign_in(Role::ADMINISTRATOR).await;
        keeper.get("/viec").await.expect(200).says("25 tên cần xác định");
        let page = keeper.get("/chu-the/can-xac-dinh").await.expect(200).says("HTX Sen Hồng 0<").says("Trang sau");
        assert!(!page.body.contains("HTX Sen Hồng 24<"));
        let open = questions(app).await;
        let mut fields: Vec<(&str, &str)> = open.iter().take(20).map(|(id, _)| ("question", id.as_str())).collect();
        fields.push(("answer", "same"));
        keeper.post("/chu-the/can-xac-dinh", &fields).await.expect(303);
        app.work().await;
        assert_eq!(questions(app).await.len(), 5);
        assert_eq!(producers(app).await.len(), 45);
        assert_eq!(bodies(app).await.len(), 25);
        keeper.post("/chu-the/can-xac-dinh", &[("answer", "same")]).await.expect(422);
    }

    async fn what_a_colleague_answered_first_stays(app: TestApp) {
        import(app, "F-1,Gạo,Hợp tác xã Hoa Sơn,,,Xã Bát Tràng\nF-2,Gạo,Hợp tác xã Sen Hồng,,,Xã Bát Tràng\nF-3,Nếp,HTX Hoa Sơn,,,Xã Bát Tràng\nF-4,Nếp,HTX Sen Hồng,,,Xã Bát Tràng\n").await;
        let open = questions(app).await;
        let keeper = app.sign_in(Role::ADMINISTRATOR).await;
        let path = format!("/chu-the/can-xac-dinh/{}", open[0].0);
        let seen = keeper.get(&path).await.value("mark");
        answer(app, &open[0].0, "other").await;
        let body = candidate(app, &open[0].0).await;
        keeper.post(&path, &[("who", &body), ("mark", &seen)]).await.expect(409);
        keeper.post("/chu-the/can-xac-dinh", &[("question", &open[0].0), ("question", &open[1].0), ("answer", "same")]).await.expect(303);
        app.work().await;
        assert!(questions(app).await.is_empty());
        let mut names = bodies(app).await;
        names.sort();
        assert_eq!(names, ["HTX Hoa Sơn", "Hợp tác xã Hoa Sơn", "Hợp tác xã Sen Hồng"]);
        // who looks at the answer and thinks otherwise may still say so
        answer(app, &open[0].0, &body).await;
    }

    async fn a_heading_goes_with_the_rows_that_wait(app: TestApp) {
        import(app, "G-1,Gạo,Hợp tác xã Hoa Sơn,,,Xã Bát Tràng\n").await;
        let list = "Mã sản phẩm,Tên sản phẩm,Chủ thể,Xã\n,I. NHÓM ĐỒ UỐNG,,\nG-2,Trà sen,HTX Hoa Sơn,Xã Bát Tràng\n,II. NHÓM THỦ CÔNG MỸ NGHỆ,,\nG-3,Quạt giấy,HTX Hoa Sơn,Xã Bát Tràng\nG-4,Khăn lụa,Cơ sở Lụa Thử,Xã Bát Tràng\n";
        let report = run(app, order(list, false)).await;
        assert_eq!(counts(&report), [1, 0, 0, 0, 2], "{:?}", report.summary.faults);
        let question = questions(app).await[0].0.clone();
        answer(app, &question, "other").await;
        let mut tx = app.db().read().await.unwrap();
        let found = fetch_all!(&mut tx, (String, String), "select code, group_id from product where code like 'G-%' order by code").unwrap();
        let found: Vec<(&str, &str)> = found.iter().map(|(code, group)| (code.as_str(), group.as_str())).collect();
        assert_eq!(found, [("G-1", ""), ("G-2", "drink"), ("G-3", "craft"), ("G-4", "craft")]);
    }

    async fn who_does_not_import_neither_sees_nor_answers(app: TestApp) {
        import(app, "Q-1,Gạo,Hợp tác xã Hoa Sơn,,,Xã Bát Tràng\nQ-2,Gạo,HTX Hoa Sơn,,,Xã Bát Tràng\n").await;
        let question = questions(app).await[0].0.clone();
        for role in [Role::COMMUNE, Role::BUSINESS, Role::ASSOCIATION, Role::INSPECTOR] {
            let other = app.sign_in(role).await;
            other.get("/chu-the/can-xac-dinh").await.expect(403);
            other.post(&format!("/chu-the/can-xac-dinh/{question}"), &[("who", "other")]).await.expect(403);
        }
        let auditor = app.sign_in(Role::AUDITOR).await;
        auditor.get("/chu-the/can-xac-dinh").await.expect(200).says("HTX Hoa Sơn");
        auditor.post(&format!("/chu-the/can-xac-dinh/{question}"), &[("who", "other")]).await.expect(403);
        let keeper = app.sign_in(Role::ADMINISTRATOR).await;
        let path = format!("/chu-the/can-xac-dinh/{question}");
        let mark = keeper.get(&path).await.value("mark");
        keeper.post(&path, &[("who", "nobody"), ("mark", &mark)]).await.expect(422);
        keeper.post(&path, &[("who", ""), ("mark", &mark)]).await.expect(422);
        assert_eq!(questions(app).await.len(), 1);
    }

    async fn a_form_asks_by_the_same_rule(app: TestApp) {
        import(app, "F-1,Gạo,Hợp tác xã Hoa Sơn,cooperative,,09556.2025\n").await;
        let keeper = app.sign_in_as("sanpham@ocop.example").await;
        let form = |producer: &'static str, who: &'static str| {
            [("name", "Nếp cái"), ("producer", producer), ("producer_kind", BodyKind::Cooperative.word()), ("producer_who", who), ("group", "food"), ("unit", "09556.2025")]
        };
        keeper.post("/san-pham-ocop/moi", &form("HỢP TÁC XÃ Hoa Sơn", "")).await.expect(303);
        keeper.post("/san-pham-ocop/moi", &form("HTX Hoa Sơn", "")).await.says("Có thể là chủ thể đã có").says("producer_who").says("Chủ thể khác, chưa có trong sổ");
        assert_eq!(bodies(app).await, ["Hợp tác xã Hoa Sơn"]);
        keeper.post("/san-pham-ocop/moi", &form("HTX Hoa Sơn", "other")).await.expect(303);
        assert_eq!(bodies(app).await, ["HTX Hoa Sơn", "Hợp tác xã Hoa Sơn"]);
        // what was answered on the form is remembered for files
        assert!(questions(app).await.is_empty());
        assert_eq!(counts(&import(app, "F-9,Trà,HTX Hoa Sơn,cooperative,,09556.2025\n").await), [1, 0, 0, 0, 0]);
    }
}
