//! One page of a list that is read by key. Pure.

/// One page of a list that is read by key: rows, and where to read on.
#[derive(Debug, Clone)]
pub struct Rows<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    next: Option<String>,
    is_first: bool,
}

impl<T> Rows<T> {
    /// One page out of the rows found, which are one more than it shows where there is more; `after` is the key it was read
    /// from, `key` that of a row.
    pub fn cut<'a>(mut rows: Vec<T>, size: i64, after: impl Into<Option<&'a str>>, key: impl FnOnce(&T) -> String) -> Rows<T> {
        let more = rows.len() as i64 > size;
        rows.truncate(size as usize);
        let next = rows.last().filter(|_| more).map(key);
        Rows { rows, next, is_first: after.into().is_none_or(str::is_empty) }
    }

    /// One page out of all rows, in their order; a key that none of them has starts at the beginning.
    pub fn of_all(all: Vec<T>, size: i64, after: &str, key: impl Fn(&T) -> String) -> Rows<T> {
        let from = if after.is_empty() { 0 } else { all.iter().position(|row| key(row) == after).map_or(0, |at| at + 1) };
        Rows::cut(all.into_iter().skip(from).take(size as usize + 1).collect(), size, after, key)
    }

    /// A page of which the reader knows where to read on.
    pub fn read_on<'a>(rows: Vec<T>, next: Option<String>, after: impl Into<Option<&'a str>>) -> Rows<T> {
        Rows { rows, next, is_first: after.into().is_none_or(str::is_empty) }
    }

    /// A list that has nothing for the reader.
    pub fn none() -> Rows<T> {
        Rows { rows: Vec::new(), next: None, is_first: true }
    }

    /// Key to read on after the last row, if there is more.
    pub fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// Whether the list begins here.
    pub fn is_first(&self) -> bool {
        self.is_first
    }

    /// The same page of what each row becomes.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Rows<U> {
        Rows { rows: self.rows.into_iter().map(each).collect(), next: self.next, is_first: self.is_first }
    }

    /// The same page after other rows.
    pub fn after(self, first: Vec<T>) -> Rows<T> {
        Rows { rows: first.into_iter().chain(self.rows).collect(), next: self.next, is_first: self.is_first }
    }

    /// The rows, and the same page without them.
    pub fn take(self) -> (Vec<T>, Rows<()>) {
        (self.rows, Rows { rows: Vec::new(), next: self.next, is_first: self.is_first })
    }
}

/// A key of a page: sort key and id, opaque to readers.
pub fn page_key(sort: &str, id: &str) -> String {
    format!("{sort}.{id}")
}

/// Reads a key back; a key that was tampered with starts at the beginning.
pub fn read_key(key: &str) -> Option<(&str, &str)> {
    let (sort, id) = key.split_once('.')?;
    let clean = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (clean(sort) && clean(id)).then_some((sort, id))
}

/// Rows a page, from what was asked for: 1 to 100.
pub fn page_size(asked: Option<&str>, default: i64) -> i64 {
    asked.and_then(|text| text.parse::<i64>().ok()).unwrap_or(default).clamp(1, 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_tells_where_to_read_on_only_where_there_is_more() {
        let key = |n: &i32| n.to_string();
        let page = Rows::cut(vec![1, 2, 3], 2, "", key);
        assert_eq!((&page.rows[..], page.next(), page.is_first()), (&[1, 2][..], Some("2"), true));
        let last = Rows::cut(vec![3], 2, "2", key);
        assert_eq!((&last.rows[..], last.next(), last.is_first()), (&[3][..], None, false));
    }

    #[test]
    fn all_rows_are_read_page_by_page_without_a_gap() {
        let (mut seen, mut after): (Vec<i32>, String) = Default::default();
        loop {
            let page = Rows::of_all((1..=7).collect(), 3, &after, |n| n.to_string());
            seen.extend(&page.rows);
            match page.next() {
                Some(next) => after = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(Rows::of_all(vec![1, 2], 1, "9", i32::to_string).rows, [1], "an unknown key starts at the beginning");
    }
}
