//! The tables, as a host's own tools see them.

use std::fs::File;
use std::io::Write;
use std::process::{Command, Stdio};

use device_grant::host::{GrantStore, Limiter};
use device_grant::limiter::SqlLimiter;
use device_grant::sql::Database;
use device_grant::store::SqlStore;
use sqlx::{AssertSqlSafe, Row};

use super::drivers::Sqlx09;
use super::{SERVER, execute, login, migrated, prefix, prefixed};
use crate::clauses::harness::{id, insert, new_row};
use crate::executor::block_on;
use crate::recorder::Statements;

const MIGRATION: &str = include_str!("../../../migrations/mariadb/0001_grants_and_limits.sql");

#[test]
fn the_command_line_client_applies_the_files_as_they_are() {
    let prefix = prefix();
    let renamed = ["grants", "limits", "schema", "charge"]
        .iter()
        .fold(MIGRATION.to_owned(), |sql, name| {
            sql.replace(&format!("device_{name}"), &format!("{prefix}{name}"))
        });
    mariadb(&renamed);
    let database = prefixed::<Sqlx09>(&login(), &prefix);
    let store = SqlStore::new(database.clone());
    block_on(async {
        store.check().await.unwrap();
        insert(&store, &new_row(1)).await;
        database.migrate().await.unwrap();
        assert!(store.find(&id(1)).await.unwrap().is_some());
        SqlLimiter::new(database).check().await.unwrap();
    });
}

#[test]
fn everything_is_documented_in_the_database() {
    let prefix = prefix();
    let _tables = migrated::<Sqlx09>(&login(), &prefix);
    let undocumented = format!(
        "SELECT CONCAT(TABLE_NAME, '.', COLUMN_NAME) FROM information_schema.COLUMNS
            WHERE TABLE_NAME LIKE '{prefix}%' AND COLUMN_COMMENT = ''
        UNION ALL SELECT TABLE_NAME FROM information_schema.TABLES
            WHERE TABLE_NAME LIKE '{prefix}%' AND TABLE_COMMENT = ''
        UNION ALL SELECT ROUTINE_NAME FROM information_schema.ROUTINES
            WHERE ROUTINE_NAME LIKE '{prefix}%' AND ROUTINE_COMMENT = ''"
    );
    let rows = sqlx::query(AssertSqlSafe(undocumented));
    let rows = block_on(rows.fetch_all(&login().pool())).unwrap();
    let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(names.is_empty(), "{names:?}");
}

#[test]
fn each_statement_finds_its_rows_by_an_index() {
    let prefix = prefix();
    let database = migrated::<Sqlx09>(&login(), &prefix);
    let pool = login().pool();
    let of = Statements::of(Database::mariadb);
    let [of_subject, of_client] = of.list;
    let mut poll = of.poll;
    let [due, delete] = of.purge.try_into().unwrap();
    let [paid, forget] = of.purge_limits.try_into().unwrap();
    let cases = [
        (poll.swap_remove(0), "PRIMARY"),
        (of.polls, "PRIMARY"),
        (of.find, "PRIMARY"),
        (of.replace, "PRIMARY"),
        (of.find_by_user_code, "user_code"),
        (due, "forget_at"),
        (delete, "PRIMARY"),
        (paid, "owed_until"),
        (forget, "PRIMARY"),
        (of_subject, "subject"),
        (of_client, "client_id"),
    ];
    block_on(async {
        insert(&SqlStore::new(database), &new_row(1)).await;
        let copies = format!(
            "INSERT INTO {prefix}grants (id, revision, issued_at, expires_at, forget_at, due_after, told_interval, paced,
                is_pending, had_twin, user_code, issuer, client_id, subject, body)
            SELECT UNHEX(MD5(seq)), seq, seq, seq, seq, due_after, told_interval, paced, is_pending, had_twin,
                UNHEX(MD5(seq)), issuer, CONCAT('tv', seq), CONCAT('alice', seq), body
            FROM {prefix}grants, seq_1_to_5000;
            INSERT INTO {prefix}limits (`key`, owed_until, period) SELECT MD5(seq), seq, 1 FROM seq_1_to_5000;
            ANALYZE TABLE {prefix}grants, {prefix}limits"
        );
        execute(&pool, copies).await;
    });
    for (statement, index) in cases {
        // Values that fit: times and numbers, and digests wherever bytes are compared.
        let digest = "UNHEX(MD5('7'))";
        let statement = statement.replace("CRC32(CONCAT(?, ?))", "CRC32('tv7')");
        let statement = statement.replace("id = ?", "id = UNHEX(MD5('7'))");
        let statement = statement.replace("LENGTH(?)", &format!("LENGTH({digest})"));
        let statement = statement.replace("SUBSTRING(?", &format!("SUBSTRING({digest}"));
        let statement = statement.replace("LIMIT ?", "LIMIT 10").replace('?', "7");
        let statement = statement.replace("device_", &prefix);
        let explain = match statement.split_once(" FOR\n") {
            Some((setting, statement)) => format!("{setting} FOR EXPLAIN {statement}"),
            None => format!("EXPLAIN {statement}"),
        };
        let explain = AssertSqlSafe(explain);
        let rows = block_on(sqlx::raw_sql(explain).fetch_all(&pool)).unwrap();
        let keys: Vec<(Option<String>, Option<String>)> = rows
            .iter()
            .map(|row| (row.get("table"), row.get("key")))
            .collect();
        let is_found = keys
            .iter()
            .any(|(_, key)| key.as_ref().is_some_and(|key| key.contains(index)));
        assert!(is_found, "{statement}: {keys:?}");
    }
}

fn mariadb(sql: &str) {
    let mut client = Command::new("mariadb")
        .args(["--no-defaults", "--user=root", "grants", "--socket"])
        .arg(SERVER.socket())
        .stdin(Stdio::piped())
        .stderr(File::options().write(true).open("/dev/stderr").unwrap())
        .spawn()
        .expect("mariadb comes with the server");
    let mut input = client.stdin.take().unwrap();
    input.write_all(sql.as_bytes()).unwrap();
    drop(input);
    assert!(client.wait().unwrap().success());
}
