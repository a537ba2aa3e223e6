//! A long list of which only the rows in view are drawn.

use std::ops::Range;

/// Rows drawn beyond the view, above and below, so that scrolling shows no gap.
const BEYOND: usize = 12;

/// The rows to draw: `total` rows of `row` pixels, in a view of `height` pixels scrolled down by `scrolled`.
pub(crate) fn rows(total: usize, row: f64, scrolled: f64, height: f64) -> Range<usize> {
    if row <= 0.0 {
        return 0..0;
    }
    let first = (scrolled.max(0.0) / row) as usize;
    let in_view = (height.max(0.0) / row).ceil() as usize + 1;
    let start = first.saturating_sub(BEYOND).min(total);
    start..(first.saturating_add(in_view + BEYOND)).min(total)
}

/// Where to scroll so that row `index` is in view; `None` when it is.
pub(crate) fn scroll_to(index: usize, row: f64, scrolled: f64, height: f64) -> Option<f64> {
    let top = index as f64 * row;
    if top < scrolled {
        Some(top)
    } else if top + row > scrolled + height {
        Some(top + row - height)
    } else {
        None
    }
}

/// Where a key moves the selection to.
pub(crate) fn moved(key: &str, selected: usize, total: usize, page: usize) -> Option<usize> {
    let last = total.checked_sub(1)?;
    let to = match key {
        "ArrowDown" => selected.saturating_add(1),
        "ArrowUp" => selected.saturating_sub(1),
        "PageDown" => selected.saturating_add(page),
        "PageUp" => selected.saturating_sub(page),
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    Some(to.min(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_in_view_is_drawn_however_long_the_list() {
        assert_eq!(rows(50_000, 32.0, 0.0, 320.0), 0..23);
        assert_eq!(rows(50_000, 32.0, 32_000.0, 320.0), 988..1_023);
        assert_eq!(rows(50_000, 32.0, 1_599_680.0, 320.0), 49_978..50_000);
        assert_eq!(rows(3, 32.0, 0.0, 320.0), 0..3);
        assert_eq!(rows(3, 32.0, 9_999.0, 320.0), 3..3);
        assert_eq!(rows(0, 32.0, 0.0, 320.0), 0..0);
    }

    #[test]
    fn the_selected_row_is_scrolled_into_view_and_no_further() {
        assert_eq!(scroll_to(5, 32.0, 0.0, 320.0), None);
        assert_eq!(scroll_to(10, 32.0, 0.0, 320.0), Some(32.0));
        assert_eq!(scroll_to(2, 32.0, 320.0, 320.0), Some(64.0));
    }

    #[test]
    fn keys_stay_inside_the_list() {
        assert_eq!(moved("ArrowDown", 9, 10, 5), Some(9));
        assert_eq!(moved("ArrowUp", 0, 10, 5), Some(0));
        assert_eq!(moved("PageDown", 2, 10, 5), Some(7));
        assert_eq!(moved("End", 2, 10, 5), Some(9));
        assert_eq!(moved("End", 0, 0, 5), None);
        assert_eq!(moved("x", 0, 10, 5), None);
    }
}
