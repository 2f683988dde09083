//! The steps of a point's way, with the rules of each. Pure: a step takes the point as it was and gives the point as it
//! will be, or a refusal. The drawing is in `model`.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Point, State};
use super::refusal::PointRefusal;
use crate::access::{Act, Actor, Voice};
use crate::error::{Both, both};
use crate::text::date_vi;
use crate::words;

words! {
    /// A step on the way.
    #[derive(Hash)]
    pub enum Step {
        /// A business sends its draft to the commune.
        Submit = "submit",
        /// The commune, an association or the city forwards it to the Sở.
        Nominate = "nominate",
        /// The commune sends back what a business sent to it; the Sở what was put forward.
        Return = "return",
        /// The Sở takes it on.
        Accept = "accept",
        /// A survey is finished.
        Survey = "survey",
        /// A leader selects.
        Select = "select",
        /// A leader declines, with guidance.
        Decline = "decline",
        /// What kept it from being chosen is put right: survey it again.
        Resurvey = "resurvey",
        /// Preparation begins.
        Prepare = "prepare",
        /// The point opens.
        Open = "open",
        /// Given up before opening.
        Withdraw = "withdraw",
        /// Stops for a time.
        Suspend = "suspend",
        /// Runs again.
        Resume = "resume",
        /// Ends for good.
        Close = "close",
    }
}

impl Step {
    /// States from which the step can be taken.
    pub fn from(self) -> &'static [State] {
        match self {
            Step::Submit => &[State::Draft, State::Returned],
            Step::Nominate => &[State::Draft, State::Returned],
            Step::Return => &[State::Draft, State::Nominated],
            Step::Accept => &[State::Nominated],
            Step::Survey => &[State::Accepted, State::Surveyed, State::Declined],
            Step::Select | Step::Decline => &[State::Surveyed],
            Step::Resurvey => &[State::Declined],
            Step::Prepare => &[State::Selected],
            Step::Open => &[State::Preparing],
            Step::Withdraw => &[
                State::Lead,
                State::Draft,
                State::Nominated,
                State::Returned,
                State::Accepted,
                State::Surveyed,
                State::Selected,
                State::Declined,
                State::Preparing,
            ],
            Step::Suspend => &[State::Operating],
            Step::Resume => &[State::Suspended],
            Step::Close => &[State::Operating, State::Suspended],
        }
    }

    /// The state it leads to; a draft that is sent to the commune stays where it is, and what was returned is a draft again.
    pub fn to(self) -> Option<State> {
        Some(match self {
            Step::Submit => return None,
            Step::Nominate => State::Nominated,
            Step::Return => State::Returned,
            Step::Accept | Step::Resurvey => State::Accepted,
            Step::Survey => State::Surveyed,
            Step::Select => State::Selected,
            Step::Decline => State::Declined,
            Step::Prepare => State::Preparing,
            Step::Open => State::Operating,
            Step::Withdraw => State::Withdrawn,
            Step::Suspend => State::Suspended,
            Step::Resume => State::Operating,
            Step::Close => State::Closed,
        })
    }

    /// Whether somebody acting so may take the step at all (rows are a matter of scope).
    pub fn may(self, actor: &Actor) -> bool {
        let (is_business, is_commune) = (actor.is(Voice::Business), actor.is(Voice::Commune));
        match self {
            Step::Submit => is_business,
            Step::Nominate => actor.may(Act::Nominate) && actor.can("nominate"),
            // the commune sends back what a business sent to it, the Sở what was put forward
            Step::Return => actor.may(Act::AcceptPoints) && actor.can("accept") || is_commune && actor.can("nominate"),
            Step::Accept => actor.may(Act::AcceptPoints) && actor.can("accept"),
            Step::Survey => actor.may(Act::Survey) && actor.can("survey"),
            Step::Select | Step::Decline => actor.may(Act::Select) && actor.can("select"),
            // whoever had something to put right says that it is
            Step::Resurvey if is_business => actor.confirmed,
            Step::Resurvey => actor.may(Act::Nominate) && actor.can("nominate"),
            Step::Prepare | Step::Open => actor.may(Act::GovernPreparation) && actor.can("prepare"),
            Step::Withdraw => actor.may(Act::WithdrawPoints),
            // whoever runs a point may say that it pauses; that it runs again or ended is for those who see to it
            Step::Suspend if is_business => actor.confirmed,
            Step::Suspend | Step::Resume | Step::Close => actor.may(Act::KeepOperation) && actor.can("inspect"),
        }
    }

    /// Steps that this caller could take with a point now.
    pub fn open_to(actor: &Actor, point: &Point) -> Vec<Step> {
        Step::ALL.into_iter().filter(|step| step.from().contains(&point.state) && step.may(actor) && step.fits(actor, point)).collect()
    }

    /// Whether a step that a caller may take is his to take with this point.
    pub fn fits(self, actor: &Actor, point: &Point) -> bool {
        match self {
            Step::Submit => point.submitted_at.is_none(),
            Step::Return => {
                point.state == State::Nominated && !actor.is(Voice::Commune) || point.state == State::Draft && point.submitted_at.is_some()
            }
            _ => true,
        }
    }
}

impl Point {
    fn step(mut self, step: Step, today: NaiveDate) -> Result<Point, PointRefusal> {
        if !step.from().contains(&self.state) {
            return Err(PointRefusal::WrongState { step, state: self.state });
        }
        if let Some(to) = step.to() {
            if self.state != to {
                self.state_since = today;
            }
            self.state = to;
            self.due_on = None;
        }
        Ok(self)
    }

    /// A business sends its draft (or what was returned to it) to the commune.
    pub fn submit(self, now: DateTime<Utc>, today: NaiveDate) -> Result<Point, PointRefusal> {
        self.must_be_complete()?;
        let mut point = self.step(Step::Submit, today)?;
        if point.state == State::Returned {
            // what was added is with the commune again
            (point.state, point.state_since, point.due_on) = (State::Draft, today, None);
        }
        point.submitted_at = Some(now);
        Ok(point)
    }

    /// Forwards to the Sở, in the name of `body`.
    pub fn nominate(self, body: &str, today: NaiveDate) -> Result<Point, PointRefusal> {
        self.must_be_complete()?;
        let mut point = self.step(Step::Nominate, today)?;
        point.nominated_by = Some(body.to_owned());
        Ok(point)
    }

    /// Sends back with what is missing, by a day if one was set.
    pub fn send_back(self, due_on: Option<NaiveDate>, today: NaiveDate) -> Result<Point, PointRefusal> {
        not_before(due_on, today)?;
        if self.state == State::Draft && self.submitted_at.is_none() {
            return Err(PointRefusal::WrongState { step: Step::Return, state: self.state });
        }
        let mut point = self.step(Step::Return, today)?;
        point.due_on = due_on;
        point.submitted_at = None;
        Ok(point)
    }

    /// Takes on for survey, by a day if one was set.
    pub fn accept(self, due_on: Option<NaiveDate>, today: NaiveDate) -> Result<Point, PointRefusal> {
        not_before(due_on, today)?;
        if self.unit_id.is_none() {
            return Err(PointRefusal::Missing(vec![both("xã, phường", "commune or ward")]));
        }
        let mut point = self.step(Step::Accept, today)?;
        point.due_on = due_on;
        Ok(point)
    }

    /// A survey of `done_on` was finished.
    pub fn survey(self, done_on: NaiveDate, today: NaiveDate) -> Result<Point, PointRefusal> {
        if done_on > today {
            return Err(PointRefusal::Day(both("Ngày khảo sát ở tương lai.", "The survey lies in the future.")));
        }
        self.step(Step::Survey, today)
    }

    /// Chosen by a decision of `decided_on`.
    pub fn select(self, decided_on: NaiveDate, today: NaiveDate) -> Result<Point, PointRefusal> {
        if decided_on > today {
            return Err(PointRefusal::Day(both("Ngày quyết định ở tương lai.", "The decision lies in the future.")));
        }
        self.step(Step::Select, today)
    }

    /// Not chosen; `fix_by` is the day named in the guidance.
    pub fn decline(self, fix_by: Option<NaiveDate>, today: NaiveDate) -> Result<Point, PointRefusal> {
        not_before(fix_by, today)?;
        let mut point = self.step(Step::Decline, today)?;
        point.due_on = fix_by;
        Ok(point)
    }

    /// What kept it from being chosen is put right; it waits for another survey.
    pub fn resurvey(self, today: NaiveDate) -> Result<Point, PointRefusal> {
        self.step(Step::Resurvey, today)
    }

    /// Preparation begins, to be done by `deadline`.
    pub fn prepare(self, deadline: Option<NaiveDate>, today: NaiveDate) -> Result<Point, PointRefusal> {
        not_before(deadline, today)?;
        let mut point = self.step(Step::Prepare, today)?;
        point.due_on = deadline;
        Ok(point)
    }

    /// Opens on `opened_on`; `missing` is what the checklist still lacks.
    pub fn open(self, opened_on: NaiveDate, missing: Vec<Both>, today: NaiveDate) -> Result<Point, PointRefusal> {
        if opened_on > today {
            return Err(PointRefusal::Day(both(
                "Ngày khai trương ở tương lai; hãy ghi khi điểm đã mở thật.",
                "The opening lies in the future; record it once the point is really open.",
            )));
        }
        if opened_on < self.state_since {
            return Err(PointRefusal::Day(both(
                "Ngày khai trương trước ngày bắt đầu chuẩn bị.",
                "The opening lies before preparation began.",
            )));
        }
        if !missing.is_empty() {
            return Err(PointRefusal::Missing(missing));
        }
        let mut point = self.step(Step::Open, today)?;
        point.state_since = opened_on;
        point.opened_on = Some(opened_on);
        point.last_confirmed_on = Some(opened_on);
        if point.counted_by.is_empty() {
            point.counted_by = "city".into();
        }
        Ok(point)
    }

    /// Given up before opening.
    pub fn withdraw(self, today: NaiveDate) -> Result<Point, PointRefusal> {
        self.step(Step::Withdraw, today)
    }

    /// Stops on `from` for a time; `until` is when it means to run again, if somebody said so.
    pub fn suspend(self, from: NaiveDate, until: Option<NaiveDate>, today: NaiveDate) -> Result<Point, PointRefusal> {
        self.within(from, self.state_since, today)?;
        if until.is_some_and(|until| until <= from) {
            return Err(PointRefusal::Day(both(
                "Ngày dự kiến mở lại phải sau ngày tạm ngừng.",
                "The day it means to run again must lie after the day it stops.",
            )));
        }
        let mut point = self.step(Step::Suspend, from)?;
        point.due_on = until;
        Ok(point)
    }

    /// Runs again from `on`; somebody saw it.
    pub fn resume(self, on: NaiveDate, today: NaiveDate) -> Result<Point, PointRefusal> {
        self.within(on, self.state_since, today)?;
        let mut point = self.step(Step::Resume, on)?;
        point.last_confirmed_on = point.last_confirmed_on.max(Some(on));
        Ok(point)
    }

    /// Ends for good on `on`: not before it opened, nor before a day on which somebody saw it running.
    pub fn close(self, on: NaiveDate, today: NaiveDate) -> Result<Point, PointRefusal> {
        self.within(on, self.opened_on.unwrap_or(self.state_since), today)?;
        if let Some(seen) = self.last_confirmed_on.filter(|seen| *seen > on) {
            let seen = date_vi(seen);
            return Err(PointRefusal::Day(both(
                format!("Ngày {seen} đã có người xác nhận điểm còn hoạt động."),
                format!("On {seen} somebody saw the point running."),
            )));
        }
        let mut point = self.step(Step::Close, on)?;
        point.closed_on = Some(on);
        Ok(point)
    }

    fn within(&self, day: NaiveDate, first: NaiveDate, today: NaiveDate) -> Result<(), PointRefusal> {
        if day > today {
            return Err(PointRefusal::Day(both(
                "Ngày ở tương lai; hãy ghi khi việc đã xảy ra.",
                "The day lies in the future; record it once it has happened.",
            )));
        }
        if day < first {
            let first = date_vi(first);
            return Err(PointRefusal::Day(both(
                format!("Ngày trước {first}, khi điểm chưa ở trạng thái này."),
                format!("The day lies before {first}, when the point was not yet there."),
            )));
        }
        Ok(())
    }
}

fn not_before(due_on: Option<NaiveDate>, today: NaiveDate) -> Result<(), PointRefusal> {
    match due_on {
        Some(due) if due < today => Err(PointRefusal::Day(both("Hạn đã ở quá khứ.", "The deadline lies in the past."))),
        _ => Ok(()),
    }
}
