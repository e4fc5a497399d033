use std::fs;
use std::path::Path;

const LESSONS: u32 = 40;

#[test]
fn every_lesson_has_exactly_one_test() {
    let mut numbers = numbers();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=LESSONS).collect::<Vec<_>>());
}

/// The numbers of the doc comments of this folder.
fn numbers() -> Vec<u32> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lessons");
    let files = fs::read_dir(folder).unwrap();
    let mut numbers = Vec::new();
    for file in files {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let lessons = text
            .lines()
            .filter_map(|line| line.strip_prefix("/// Lesson "));
        numbers.extend(lessons.map(|line| line.split(':').next().unwrap().parse::<u32>().unwrap()));
    }
    numbers
}
