use super::columns::{Failure, first_bytes, first_integer};
use super::{Check, Database, Effect, Finding, SqlError, UnreadableColumn, Value};

const VERSION: &str = "SELECT COALESCE(max(version), 0) FROM device_schema";
/// Each migration records the oldest version of this crate that can work with its tables.
const READABLE_SINCE: &str = "SELECT COALESCE(max(readable_since), 0) FROM device_schema";

impl Database {
    /// Brings the tables to the newest version.
    ///
    /// If several nodes try at once, one succeeds. The others find the tables complete, and their attempts are rolled back.
    pub(super) async fn bring_up_to_date(&self) -> Result<(), SqlError> {
        self.expect_server().await?;
        let schema = &self.engine().schema;
        // Before the transaction, in which SQLite does not change its journal mode.
        if let Some(journal) = schema.journal {
            self.expect_wal(journal).await?;
        }
        let applied = self.applied().await?;
        if applied > self.newest() {
            return self.expect_readable(applied).await;
        }
        let applied = usize::try_from(applied).unwrap_or_default();
        let missing = schema.migrations.get(applied..).unwrap_or_default();
        if missing.is_empty() {
            return Ok(());
        }
        // One transaction, if the engine has transactions for tables, so that a failure leaves the version from before.
        let missing = undelimited(&missing.concat());
        let script = [schema.begin, &missing, schema.commit].concat();
        let migrated = self.script(&script).await;
        match migrated {
            Err(_) if self.applied().await? == self.newest() => Ok(()),
            migrated => migrated.map_err(SqlError::of_migration),
        }
    }

    /// Checks that the tables have the version that is needed, and what else the engine can tell; returns its advice.
    pub(crate) async fn check(&self, checks: &[Check]) -> Result<Vec<String>, SqlError> {
        self.expect_server().await?;
        let mut advice = Vec::new();
        let version = self.version().await?;
        if version < self.newest() {
            return Err(self.other_version(version));
        }
        self.expect_readable(version).await?;
        for check in checks {
            match check {
                Check::Number(sql, trouble) => {
                    if self.number(sql).await? != 0 {
                        return Err(self.error(Finding::Checked(*trouble)));
                    }
                }
                Check::Rights(sql) => {
                    let lines = self.text(sql, Effect::Reads).await?;
                    if !lines.is_empty() {
                        return Err(self.error(Finding::MissingRights(lines)));
                    }
                }
                Check::Journal(sql) => self.expect_wal(sql).await?,
                Check::Script(sql) => self.script(sql).await?,
                Check::Settings(sql) => {
                    let lines = self.text(sql, Effect::Reads).await?;
                    advice.extend(lines.lines().map(str::to_owned));
                }
            }
        }
        Ok(advice)
    }

    /// The version of the tables, 0 if there are none.
    async fn applied(&self) -> Result<i64, SqlError> {
        if self.number(self.engine().schema.is_there).await? == 0 {
            return Ok(0);
        }
        self.version().await
    }

    async fn version(&self) -> Result<i64, SqlError> {
        self.number(VERSION).await
    }

    /// Checks that this version can work with tables that a newer version has migrated.
    async fn expect_readable(&self, version: i64) -> Result<(), SqlError> {
        if version > self.newest() && self.number(READABLE_SINCE).await? > self.newest() {
            return Err(self.other_version(version));
        }
        Ok(())
    }

    fn newest(&self) -> i64 {
        i64::try_from(self.engine().schema.migrations.len()).unwrap_or(i64::MAX)
    }

    fn other_version(&self, found: i64) -> SqlError {
        let expected = self.newest();
        self.error(Finding::Version { found, expected })
    }

    /// A driver of the host's own may be of another engine, and what speaks an engine's protocol need not be that engine.
    async fn expect_server(&self) -> Result<(), SqlError> {
        let server = &self.engine().server;
        let said = match self.text(server.query, Effect::Reads).await {
            Ok(said) => said,
            Err(error) if error.is_about_an_unknown_name() => {
                return Err(error.of_another_server());
            }
            Err(error) => return Err(error),
        };
        if (server.is_it)(&said) {
            return Ok(());
        }
        Err(self.error(Finding::Server { said }))
    }

    /// A SQLite database in memory has a journal mode of its own, and needs none.
    async fn expect_wal(&self, sql: &str) -> Result<(), SqlError> {
        // A write to the driver, because the `PRAGMA` may set the mode.
        let mode = self.text(sql, Effect::Keeps).await?;
        match mode.as_str() {
            "wal" | "memory" => Ok(()),
            _ => Err(self.error(Finding::JournalMode(mode))),
        }
    }

    async fn number(&self, sql: &str) -> Result<i64, SqlError> {
        let rows = self.rows(sql, Effect::Reads).await?;
        self.read(first_integer(&rows))
    }

    async fn text(&self, sql: &str, effect: Effect) -> Result<String, SqlError> {
        let rows = self.rows(sql, effect).await?;
        let bytes = self.read(first_bytes(&rows))?;
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    async fn rows(&self, sql: &str, effect: Effect) -> Result<Vec<Vec<Value>>, SqlError> {
        let template = self.template(sql, effect);
        self.query(|| template.with(Vec::new())).await
    }

    fn read<T>(&self, value: Result<T, Failure>) -> Result<T, SqlError> {
        let named = value.map_err(|source| UnreadableColumn::new("version", source));
        named.map_err(|error| self.error(Finding::Column(error)))
    }
}

/// The statements of a file as a server takes them: DELIMITER is for clients that look for the end of each.
pub(super) fn undelimited(sql: &str) -> String {
    sql.replace("DELIMITER //\n", "")
        .replace("DELIMITER ;\n", "")
        .replace("END //\n", "END;\n")
}
