//! Random histories, beside a model.

use super::drivers::Driver;
use super::{Isolation, store};
use crate::histories;

on_each_driver!(a_server_answers_as_the_model);

fn a_server_answers_as_the_model<D: Driver>() {
    histories::compare(&store::<D>(Isolation::ReadCommitted), file!());
}
