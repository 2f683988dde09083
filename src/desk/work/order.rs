//! In which order work is shown: what is late and mine, what is due within a week, what waits for my decision, the rest of mine,
//! and folded what waits for others. Many of one deed are one row.

use chrono::{Days, NaiveDate};

use crate::page::{Quick, Todo, TodoRow, Whose};

/// So many of one deed stand each for itself; more are one row.
pub const APART: i64 = 3;

/// Deeds that are decided one after the other in the list: the first stands by itself before the row of many.
const ONE_BY_ONE: &[&str] = &["s-draft", "s-nominated"];

/// A part of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Past its day.
    Late,
    /// Due within a week.
    Soon,
    /// Waits for a decision of the reader.
    Decide,
    /// Whatever else is the reader's.
    Mine,
    /// Waits for somebody else.
    Others,
}

impl Part {
    /// All, in their order.
    pub const ALL: [Part; 5] = [Part::Late, Part::Soon, Part::Decide, Part::Mine, Part::Others];

    /// Its heading.
    pub fn name(self) -> &'static str {
        match self {
            Part::Late => "Quá hạn",
            Part::Soon => "Đến hạn trong 7 ngày",
            Part::Decide => "Chờ bạn quyết định",
            Part::Mine => "Việc khác của bạn",
            Part::Others => "Chờ người khác",
        }
    }

    /// Its identifier on the page.
    pub fn id(self) -> &'static str {
        match self {
            Part::Late => "late",
            Part::Soon => "soon",
            Part::Decide => "decide",
            Part::Mine => "mine",
            Part::Others => "others",
        }
    }

    fn of(row: &TodoRow, whose: Whose, today: NaiveDate) -> Part {
        match (whose, row.due) {
            (Whose::Wait, _) => Part::Others,
            (_, Some(due)) if due < today => Part::Late,
            (_, Some(due)) if due <= today + Days::new(7) => Part::Soon,
            (Whose::Decide, _) => Part::Decide,
            (Whose::Do, _) => Part::Mine,
        }
    }
}

/// One line of the list.
#[derive(Clone, Debug)]
pub enum Line {
    /// One thing, with what is to be done; the first of its deed carries the deed's mark on the page.
    One(One),
    /// Many of one deed.
    Many(Todo, Many),
}

/// One thing.
#[derive(Clone, Debug)]
pub struct One {
    /// What it is.
    pub row: TodoRow,
    /// What is to be done.
    pub deed: &'static str,
    /// Mark of its deed on the page, at the first of the deed.
    pub mark: Option<&'static str>,
    /// What settles it here.
    pub quick: Option<Quick>,
}

/// What is told of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Many {
    /// Rows that are late, among those that were read.
    pub late: usize,
    /// The earliest day.
    pub due: Option<NaiveDate>,
    /// The first of them stands by itself before them.
    pub is_rest: bool,
}

impl Line {
    /// Days before days, what has waited longer before what came later; what has no day last.
    fn key(&self) -> (NaiveDate, NaiveDate) {
        let (due, since) = match self {
            Line::One(one) => (one.row.due, one.row.since),
            Line::Many(todo, many) => (many.due, todo.rows.iter().filter_map(|row| row.since).min()),
        };
        (due.unwrap_or(NaiveDate::MAX), since.unwrap_or(NaiveDate::MAX))
    }
}

/// The list: its parts that have something.
pub fn parts(todos: Vec<Todo>, today: NaiveDate) -> Vec<(Part, Vec<Line>)> {
    let mut lines: Vec<(Part, Line)> = Vec::new();
    for mut todo in todos.into_iter().filter(|todo| todo.count > 0 && !todo.rows.is_empty()) {
        if todo.count <= APART {
            let Todo { rows, whose, deed, id, .. } = todo;
            for (at, row) in rows.into_iter().enumerate() {
                let mark = (at == 0).then_some(id);
                lines.push((Part::of(&row, whose, today), Line::One(One { row, deed, mark, quick: None })));
            }
            continue;
        }
        let is_rest = todo.whose == Whose::Decide && ONE_BY_ONE.contains(&todo.id);
        if is_rest {
            let row = todo.rows.remove(0);
            todo.count -= 1;
            lines.push((Part::of(&row, todo.whose, today), Line::One(One { row, deed: todo.deed, mark: Some(todo.id), quick: None })));
        }
        let late = todo.rows.iter().filter(|row| row.is_late(today)).count();
        let due = todo.rows.iter().filter_map(|row| row.due).min();
        let part = todo.rows.iter().map(|row| Part::of(row, todo.whose, today)).min().unwrap_or(Part::Mine);
        lines.push((part, Line::Many(todo, Many { late, due, is_rest })));
    }
    lines.sort_by_key(|(part, line)| (*part, line.key()));
    let of = |part: Part, lines: &mut Vec<(Part, Line)>| -> Vec<Line> {
        lines.extract_if(.., |(own, _)| *own == part).map(|(_, line)| line).collect()
    };
    Part::ALL.into_iter().map(|part| (part, of(part, &mut lines))).filter(|(_, lines)| !lines.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
    }

    fn row(title: &str, due: Option<u32>, since: Option<u32>) -> TodoRow {
        TodoRow { due: due.map(day), since: since.map(day), title: title.into(), href: String::new(), place: String::new(), chip: None }
    }

    fn todo(whose: Whose, rows: Vec<TodoRow>) -> Todo {
        Todo { id: "x", title: "Tên".into(), count: rows.len() as i64, rows, all: String::new(), deed: "Việc", whose }
    }

    fn told(todos: Vec<Todo>) -> Vec<(Part, Vec<String>)> {
        let line = |line: &Line| match line {
            Line::One(one) => one.row.title.clone(),
            Line::Many(todo, many) => format!("{} ({} late)", todo.count, many.late),
        };
        parts(todos, day(20)).into_iter().map(|(part, lines)| (part, lines.iter().map(line).collect())).collect()
    }

    #[test]
    fn late_and_mine_comes_first_and_others_last() {
        let list = told(vec![
            todo(Whose::Wait, vec![row("cổng", Some(1), None)]),
            todo(Whose::Do, vec![row("chưa có hạn", None, Some(2)), row("tuần này", Some(27), None), row("tuần sau", Some(28), None)]),
            todo(Whose::Decide, vec![row("mới", None, Some(18)), row("cũ", None, Some(3)), row("trễ", Some(19), None)]),
        ]);
        let wanted = [
            (Part::Late, vec!["trễ"]),
            (Part::Soon, vec!["tuần này"]),
            (Part::Decide, vec!["cũ", "mới"]),
            (Part::Mine, vec!["tuần sau", "chưa có hạn"]),
            (Part::Others, vec!["cổng"]),
        ];
        assert_eq!(list, wanted.map(|(part, titles)| (part, titles.into_iter().map(str::to_owned).collect())));
    }

    #[test]
    fn many_of_one_deed_are_one_row_where_the_most_pressing_of_them_stands() {
        let rows = (18..25).map(|due| row("điểm", Some(due), None)).collect();
        assert_eq!(told(vec![todo(Whose::Do, rows)]), [(Part::Late, vec!["7 (2 late)".to_owned()])]);
        let few = (0..3).map(|_| row("điểm", None, None)).collect();
        assert_eq!(told(vec![todo(Whose::Do, few)])[0].1.len(), 3);
        assert!(told(vec![todo(Whose::Do, Vec::new())]).is_empty(), "no zeros");
    }
}
