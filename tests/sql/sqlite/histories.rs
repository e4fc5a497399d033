//! Random histories, beside a model.

use super::Sqlite;
use super::drivers::Driver;
use crate::histories;

on_each_driver!(a_server_answers_as_the_model);

fn a_server_answers_as_the_model<D: Driver>() {
    histories::compare(&Sqlite::new::<D>().store, file!());
}
