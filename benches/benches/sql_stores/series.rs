/// The measurements of all rounds.
#[derive(Default)]
pub(crate) struct Series(Vec<f64>);

pub(crate) fn heading() {
    println!("| what | median | lowest | highest |\n|---|---:|---:|---:|");
}

/// One number that is the same each time.
pub(crate) fn row(what: &str, number: i64) {
    println!("| {what} | {number} | | |");
}

impl Series {
    pub(crate) fn push(&mut self, number: f64) {
        self.0.push(number);
    }

    pub(crate) fn numbers(&self, what: &str) {
        self.print(what, 0);
    }

    pub(crate) fn ratios(&self, what: &str) {
        self.print(what, 2);
    }

    fn print(&self, what: &str, digits: usize) {
        let mut numbers = self.0.clone();
        numbers.sort_by(f64::total_cmp);
        let (middle, last) = (numbers.len() / 2, numbers.len() - 1);
        let (median, low, high) = (numbers[middle], numbers[0], numbers[last]);
        println!("| {what} | {median:.digits$} | {low:.digits$} | {high:.digits$} |");
    }
}
