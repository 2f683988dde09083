//! What a role may do: the words that routes and rules ask for, and that `programme/roles.toml` gives to roles. Pure.
//!
//! An act says what kind of thing somebody does. Whether the body acted for has the power, and which rows are meant, is asked
//! beside it ([`super::Actor::can`], [`super::Actor::scope`]).

use crate::words;

words! {
    /// An act.
    #[derive(Hash, PartialOrd, Ord)]
    pub enum Act {
        /// Reads whatever a power would open, and changes nothing.
        Audit = "audit" / "Đọc để kiểm toán",
        /// Hands work to colleagues, names a deputy for days of absence.
        HandWork = "hand_work" / "Giao việc, giao người thay",
        /// Reads the list of people.
        ReadPeople = "read_people" / "Xem người dùng",
        /// Invites and locks people, gives and ends roles.
        KeepPeople = "keep_people" / "Quản lý người dùng",
        /// Enters and ends agencies, committees, associations.
        KeepBodies = "keep_bodies" / "Quản lý cơ quan",
        /// Says that two names are one body.
        JoinBodies = "join_bodies" / "Gộp chủ thể trùng",
        /// Reads the numbers that no source fixes.
        ReadSettings = "read_settings" / "Xem thông số",
        /// Sets them.
        KeepSettings = "keep_settings" / "Đặt thông số",
        /// Reads the public holidays.
        ReadHolidays = "read_holidays" / "Xem ngày nghỉ lễ",
        /// Reads the city's plans.
        ReadPlans = "read_plans" / "Xem kế hoạch",
        /// Enters and corrects them.
        KeepPlans = "keep_plans" / "Nhập kế hoạch",
        /// Reads criteria sets.
        ReadCriteria = "read_criteria" / "Xem bộ tiêu chí",
        /// Drafts sets and fills empty groups.
        EditCriteria = "edit_criteria" / "Soạn bộ tiêu chí",
        /// Confirms what another person drafted.
        ConfirmCriteria = "confirm_criteria" / "Xác nhận bộ tiêu chí",
        /// Decides to go on applying criteria whose instrument has ended.
        ApplyEndedLaw = "apply_ended_law" / "Quyết định vận dụng tiêu chí",
        /// Hands in files of every kind.
        KeepImports = "keep_imports" / "Nhập mọi loại tệp",
        /// Reads every file handed in.
        ReadAllImports = "read_all_imports" / "Xem mọi lần nhập",
        /// Reads the journal.
        ReadJournal = "read_journal" / "Xem nhật ký",
        /// Reads the history of things, and who did it.
        SearchJournal = "search_journal" / "Xem ai đã làm gì",

        /// Puts points forward.
        Nominate = "nominate" / "Đề nghị điểm",
        /// Changes the record of a point.
        EditPoints = "edit_points" / "Sửa hồ sơ điểm",
        /// Accepts records, keeps the register of points.
        AcceptPoints = "accept_points" / "Tiếp nhận hồ sơ, giữ sổ điểm",
        /// Is told day by day of what happens to points.
        HearOfPoints = "hear_of_points" / "Nhận tin hằng ngày về điểm",
        /// Surveys points.
        Survey = "survey" / "Khảo sát điểm",
        /// Decides which points are selected.
        Select = "select" / "Quyết định lựa chọn điểm",
        /// Is told of what is late and rose, takes back what others confirmed.
        Oversee = "oversee" / "Nhận việc quá hạn được báo lên",
        /// Reads lists and decisions of selection.
        ReadSelections = "read_selections" / "Xem việc lựa chọn",
        /// Says in which unit of today a point lies.
        ChooseUnit = "choose_unit" / "Chọn xã, phường mới của điểm",
        /// Confirms an account made without mail.
        ConfirmAccounts = "confirm_accounts" / "Xác nhận tài khoản của chủ điểm",
        /// Helps an owner to sign in.
        HelpOwners = "help_owners" / "Giúp chủ điểm đăng nhập",
        /// Says who sees to a point, and its deadlines.
        SetDuties = "set_duties" / "Giao việc, đặt hạn",
        /// Puts right what a decision asks for.
        FixSelected = "fix_selected" / "Khắc phục theo quyết định",
        /// Takes a record back.
        WithdrawPoints = "withdraw_points" / "Rút hồ sơ",
        /// Does what the checklist of preparation asks for.
        Prepare = "prepare" / "Làm việc chuẩn bị",
        /// Decides in preparation: support, ceremony, opening.
        GovernPreparation = "govern_preparation" / "Điều hành chuẩn bị, khai trương",
        /// Holds working sessions and meetings of households.
        HoldMeetings = "hold_meetings" / "Tổ chức buổi làm việc, họp hộ",
        /// Corrects what visitors need of an open point.
        EditOperating = "edit_operating" / "Sửa thông tin điểm đang hoạt động",
        /// Imports the register of points.
        ImportPoints = "import_points" / "Nhập danh sách điểm",
        /// Reads what an import of points told.
        ReadPointImports = "read_point_imports" / "Xem các lần nhập điểm",
        /// Reads craft villages.
        ReadVillages = "read_villages" / "Xem làng nghề",
        /// Imports them.
        KeepVillages = "keep_villages" / "Nhập làng nghề",
        /// Reads owners approached before registration.
        ReadProspects = "read_prospects" / "Xem việc vận động",
        /// Approaches owners.
        Mobilise = "mobilise" / "Vận động chủ cơ sở",
        /// Reads calls to propose points.
        ReadCalls = "read_calls" / "Xem đợt đề nghị",
        /// Answers them.
        AnswerCalls = "answer_calls" / "Trả lời đợt đề nghị",
        /// Reads the answers of everybody.
        OverseeCalls = "oversee_calls" / "Xem mọi trả lời đợt đề nghị",
        /// Writes and issues calls.
        WriteCalls = "write_calls" / "Mở đợt đề nghị",
        /// Drafts letters of guidance.
        DraftLetters = "draft_letters" / "Soạn thư hướng dẫn",

        /// Visits points and records what is seen.
        Inspect = "inspect" / "Kiểm tra điểm",
        /// Plans visits.
        PlanInspections = "plan_inspections" / "Lập kế hoạch kiểm tra",
        /// Reads the plan of visits.
        ReadInspections = "read_inspections" / "Xem kế hoạch kiểm tra",
        /// Answers what a visit asks of a shelf.
        AnswerQuestions = "answer_questions" / "Trả lời câu hỏi về kệ hàng",
        /// Says that a point runs.
        ConfirmRunning = "confirm_running" / "Xác nhận điểm còn hoạt động",
        /// Takes such a word back.
        TakeBackConfirmations = "take_back_confirmations" / "Gỡ xác nhận còn hoạt động",
        /// Records and answers complaints.
        HearComplaints = "hear_complaints" / "Nhận phản ánh",
        /// Mends findings and says that they are mended.
        MendFindings = "mend_findings" / "Khắc phục, xác nhận khắc phục",
        /// Says that a point pauses.
        PausePoints = "pause_points" / "Báo tạm ngừng",
        /// Stops a point at a visit.
        StopPoints = "stop_points" / "Cho dừng khi kiểm tra",
        /// Lets points run again, ends them.
        KeepOperation = "keep_operation" / "Cho hoạt động lại, chấm dứt",
        /// Decides what is owed and what takes the place of a point.
        GovernOperation = "govern_operation" / "Quyết định hoàn trả, thay thế",
        /// Records support that an open point was given.
        SupportOperation = "support_operation" / "Ghi hỗ trợ khi vận hành",
        /// Is reminded of money that is owed after an end.
        FollowPaybacks = "follow_paybacks" / "Theo dõi hoàn trả",
        /// Reads portals and their entries.
        ReadPublication = "read_publication" / "Xem việc công bố",
        /// Publishes on other portals.
        Publish = "publish" / "Công bố trên các cổng",
        /// Keeps the list of portals.
        KeepPortals = "keep_portals" / "Quản lý danh sách cổng",

        /// Changes products within what is its own.
        EditProducts = "edit_products" / "Sửa sản phẩm của mình",
        /// Follows products and what hangs on them.
        FollowProducts = "follow_products" / "Theo dõi sản phẩm",
        /// Keeps the register of products, certificates, blanks, the year's list, support.
        KeepProducts = "keep_products" / "Giữ sổ sản phẩm, giấy chứng nhận",
        /// Reads dossiers of evaluation.
        ReadDossiers = "read_dossiers" / "Xem hồ sơ đánh giá",
        /// Prepares and sends them.
        PrepareDossiers = "prepare_dossiers" / "Chuẩn bị, gửi hồ sơ đánh giá",
        /// Does the commune's part: checks, returns, reports.
        CheckDossiers = "check_dossiers" / "Xem xét hồ sơ đánh giá ở cấp xã",
        /// Records whether a score sheet says what the gazette says.
        CompareSheets = "compare_sheets" / "Đối chiếu phiếu đánh giá với công báo",
        /// Reads councils, teams, working groups and who sits in them.
        ReadPanels = "read_panels" / "Xem hội đồng, tổ công tác",
        /// Enters the decisions that make them, and their members.
        KeepPanels = "keep_panels" / "Ghi hội đồng, tổ công tác",
        /// Sits in sessions of a council: reads what is on its agenda, marks.
        AttendSessions = "attend_sessions" / "Dự phiên, chấm phiếu",
        /// Prepares and conducts sessions, brings their results together.
        ConductSessions = "conduct_sessions" / "Tổ chức phiên đánh giá",
        /// Imports the register of products.
        ImportProducts = "import_products" / "Nhập danh sách sản phẩm",
        /// Reads what an import of products told.
        ReadProductImports = "read_product_imports" / "Xem các lần nhập sản phẩm",
        /// Reads the ledger of blanks.
        ReadBlanks = "read_blanks" / "Xem sổ phôi giấy",
        /// Reads the year's registration.
        ReadEnrolments = "read_enrolments" / "Xem đăng ký năm",
        /// Registers products for the year.
        Enrol = "enrol" / "Đăng ký sản phẩm năm",
        /// Takes a registration a step on.
        MoveEnrolments = "move_enrolments" / "Chuyển, nhận đăng ký năm",
        /// Reads support for producers.
        ReadAid = "read_aid" / "Xem hỗ trợ chủ thể",
        /// Asks for support, offers it.
        AskAid = "ask_aid" / "Đề nghị, cung cấp hỗ trợ",

        /// Takes its part in connections.
        ActInConnections = "act_in_connections" / "Tham gia kết nối",
        /// Proposes connections.
        ProposeConnections = "propose_connections" / "Đề nghị kết nối",
        /// Keeps the ledger of connections for the city.
        KeepConnections = "keep_connections" / "Giữ sổ kết nối",
        /// Says what a point looks for.
        WantProducts = "want_products" / "Nêu nhu cầu hàng của điểm",
        /// Holds conferences of connection.
        HoldConferences = "hold_conferences" / "Tổ chức hội nghị kết nối",
        /// Tells what came of a connection.
        TellResults = "tell_results" / "Ghi kết quả kết nối",
        /// Answers whom a name in a file means.
        AnswerNames = "answer_names" / "Trả lời tên trong tệp nhập",
        /// Reads such questions.
        ReadNames = "read_names" / "Xem câu hỏi về tên",
        /// Reads the register of producers.
        ReadProducers = "read_producers" / "Xem sổ chủ thể",
        /// Settles who registers itself, gives accounts to producers.
        SettleProducers = "settle_producers" / "Xác nhận chủ thể, mở tài khoản",
        /// Does so for the whole city.
        KeepProducers = "keep_producers" / "Giữ sổ chủ thể toàn Thành phố",
    }
}
