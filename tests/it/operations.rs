//! The files in `examples/operations/`.

use std::collections::BTreeSet;
use std::process::Command;

use crate::repository;

/// The metrics that the crate has, from the table that its own tests keep right.
fn documented() -> BTreeSet<String> {
    let table = repository::file("docs/metrics.md").text;
    let names = table.lines().filter_map(|line| line.strip_prefix("| `"));
    names
        .filter_map(|line| Some(line.split_once('`')?.0.to_owned()))
        .collect()
}

/// The metrics that a text names, histograms without the ends of their series.
fn named(text: &str) -> BTreeSet<String> {
    let is_in_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c| !is_in_name(c));
    let series = words.filter(|word| word.starts_with("device_grant_"));
    series
        .map(|name| name.trim_end_matches("_bucket").to_owned())
        .collect()
}

/// The events that a text selects by their names.
fn events_in(text: &str) -> BTreeSet<String> {
    let text = text.replace('\\', "");
    let mut events = BTreeSet::new();
    for selector in ["event=\"", "event=~\""] {
        for rest in text.split(selector).skip(1) {
            let names = rest.split('"').next().unwrap().split('|');
            events.extend(names.map(str::to_owned));
        }
    }
    events
}

#[test]
fn alerts_and_dashboard_name_metrics_that_exist() {
    let documented = documented();
    assert!(documented.contains("device_grant_events_total"));
    for path in ["alerts.yml", "dashboard.json"] {
        let text = repository::file(&format!("examples/operations/{path}")).text;
        let named = named(&text);
        assert!(!named.is_empty(), "{path}");
        let unknown: Vec<_> = named.difference(&documented).collect();
        assert!(unknown.is_empty(), "{path}: {unknown:?}");
    }
}

#[test]
fn alerts_and_dashboard_name_events_that_exist() {
    let kinds = repository::file("src/host/event.rs").text;
    for path in ["alerts.yml", "dashboard.json"] {
        let text = repository::file(&format!("examples/operations/{path}")).text;
        let events = events_in(&text);
        assert!(events.len() > 5, "{path}: {events:?}");
        for event in events {
            assert!(
                kinds.contains(&format!(" = \"{event}\", ")),
                "{path}: {event}"
            );
        }
    }
}

#[test]
fn the_dashboard_is_json_with_a_title_for_each_panel() {
    let text = repository::file("examples/operations/dashboard.json").text;
    let dashboard: serde_json::Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    assert!(panels.iter().all(|panel| panel["title"].is_string()));
    assert!(panels.len() > 9);
}

#[test]
fn promtool_sees_each_alert_fire() {
    let folder = repository::root().join("examples/operations");
    let alerts = repository::file("examples/operations/alerts.yml").text;
    let tests = repository::file("examples/operations/alerts_test.yml").text;
    let names = alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    for name in names {
        let fires = format!("- alertname: {name}\n");
        assert!(tests.contains(&fires), "{name} is not seen to fire");
    }
    let output = Command::new("promtool")
        .current_dir(folder)
        .args(["test", "rules", "alerts_test.yml"])
        .output()
        .expect("these tests need promtool; install it: apt-get install prometheus");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_guide_has_a_row_for_each_event_with_its_severity() {
    let kinds = repository::file("src/host/event.rs").text;
    let guide = repository::file("src/guide/operating.md").text;
    let declared: Vec<String> = kinds
        .lines()
        .filter_map(|line| {
            let (name, severity) = line.split_once(" = \"")?.1.split_once("\", ")?;
            Some(format!("| `{name}` | {} |", severity.strip_suffix(';')?))
        })
        .collect();
    assert!(declared.len() > 40, "{declared:?}");
    let missing: Vec<_> = declared
        .iter()
        .filter(|row| !guide.contains(*row))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let rows = guide.lines().filter(|line| is_row_of_event(line)).count();
    assert_eq!(
        rows,
        declared.len(),
        "a row of an event that is not declared"
    );
}

/// Returns whether a line is a row whose second cell is a severity.
fn is_row_of_event(line: &str) -> bool {
    let severity = line.split(" | ").nth(1);
    severity.is_some_and(|cell| ["Debug", "Info", "Warning", "Error"].contains(&cell))
}

#[test]
fn the_guide_says_what_to_do_about_each_alert() {
    let alerts = repository::file("examples/operations/alerts.yml").text;
    let guide = repository::file("src/guide/operating.md").text;
    let names = alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    for name in names {
        assert!(guide.contains(&format!("| `{name}` |")), "{name}");
    }
}

#[test]
fn the_guide_on_personal_data_has_each_column_that_is_stored() {
    let guide = repository::file("src/guide/personal_data.md").text;
    for engine in ["mariadb", "postgres", "sqlite"] {
        let path = format!("migrations/{engine}/0001_grants_and_limits.sql");
        let columns = columns_of(&repository::file(&path).text);
        assert!(columns.len() > 15, "{path}: {columns:?}");
        for column in columns {
            assert!(guide.contains(&format!("`{column}`")), "{path}: {column}");
        }
    }
}

/// The columns of the tables of grants and limits.
fn columns_of(sql: &str) -> BTreeSet<String> {
    let mut columns = BTreeSet::new();
    for table in [
        "CREATE TABLE device_grants (\n",
        "CREATE TABLE device_limits (\n",
    ] {
        let body = sql.split(table).nth(1).unwrap_or_default();
        let lines = body.lines().take_while(|line| !line.starts_with(')'));
        let names = lines.filter_map(|line| line.split_whitespace().next());
        columns.extend(
            names
                .map(|name| name.trim_matches('`').to_owned())
                .filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase())),
        );
    }
    columns
}
