-- +goose Up
-- What officers do with an alert, and what people answer. Rows are added; what
-- may follow what, and that nobody judges themselves, the database holds too.

CREATE TABLE privacy.step (
	alert_id     uuid NOT NULL REFERENCES audit.alert,
	n            integer NOT NULL,
	at           timestamptz NOT NULL,
	kind         text NOT NULL CHECK (kind IN ('taken', 'note', 'asked-staff', 'asked-manager', 'justified', 'breach', 'closed')),
	words        text NOT NULL,
	reference    text NOT NULL, -- of its event on the trail
	issuer       text NOT NULL,
	subject      text NOT NULL,
	staff_id     text NOT NULL,
	staff_name   text NOT NULL,
	organisation text NOT NULL,
	PRIMARY KEY (alert_id, n)
);

CREATE TABLE privacy.question (
	ref          text PRIMARY KEY,
	alert_id     uuid NOT NULL,
	n            integer NOT NULL,  -- of the step that asked it
	manager      boolean NOT NULL,
	to_issuer    text NOT NULL,     -- who may answer: this sign-in,
	to_subject   text NOT NULL,
	to_staff     text NOT NULL,     -- or one of this staff id or subject
	to_organisation text NOT NULL,  -- at this organisation
	at           timestamptz NOT NULL,
	words        text NOT NULL,
	told         bytea NOT NULL,    -- the event, as far as they may know of it
	UNIQUE (alert_id, n),
	FOREIGN KEY (alert_id, n) REFERENCES privacy.step
);
CREATE INDEX question_to ON privacy.question (to_subject);
CREATE INDEX question_to_staff ON privacy.question (to_staff);

CREATE TABLE privacy.answer (
	ref        text PRIMARY KEY REFERENCES privacy.question,
	at         timestamptz NOT NULL,
	words      text NOT NULL CHECK (words <> ''),
	reference  text NOT NULL,
	issuer     text NOT NULL,
	subject    text NOT NULL,
	staff_id   text NOT NULL,
	staff_name text NOT NULL
);

-- Where an alert stands: the last step that is no note, and whether what was
-- asked is answered.
-- +goose StatementBegin
CREATE FUNCTION privacy.state(alert uuid) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce((
		SELECT CASE
			WHEN s.kind = 'taken' THEN 'in-review'
			WHEN s.kind NOT LIKE 'asked-%' THEN s.kind
			WHEN EXISTS (SELECT FROM privacy.question q JOIN privacy.answer a USING (ref) WHERE q.alert_id = alert AND q.n = s.n) THEN 'answered'
			ELSE 'asked' END
		FROM privacy.step s WHERE s.alert_id = alert AND s.kind <> 'note' ORDER BY s.n DESC LIMIT 1), 'new')
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION privacy.state FROM PUBLIC;
GRANT EXECUTE ON FUNCTION privacy.state TO icr_desk;

-- +goose StatementBegin
CREATE FUNCTION privacy.check_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	stands text;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended(NEW.alert_id::text, 140)); -- what comes after it sees what was committed before
	stands := privacy.state(NEW.alert_id);
	PERFORM FROM audit.alert a JOIN audit.event e ON e.event_id = a.event_id AND e.at = a.event_at
		WHERE a.alert_id = NEW.alert_id AND (e.issuer = NEW.issuer AND e.subject = NEW.subject OR e.staff_id <> '' AND e.staff_id = NEW.staff_id);
	IF FOUND THEN
		RAISE EXCEPTION 'nobody handles an alert about themselves' USING ERRCODE = 'IC001';
	END IF;
	IF NEW.n <> 1 + coalesce((SELECT max(n) FROM privacy.step WHERE alert_id = NEW.alert_id), 0) OR NOT (CASE NEW.kind
		WHEN 'taken' THEN stands = 'new'
		WHEN 'note' THEN stands NOT IN ('new', 'closed')
		WHEN 'asked-staff' THEN stands IN ('in-review', 'answered')
		WHEN 'asked-manager' THEN stands IN ('in-review', 'answered')
		WHEN 'justified' THEN stands IN ('in-review', 'asked', 'answered', 'breach')
		WHEN 'breach' THEN stands IN ('in-review', 'asked', 'answered', 'justified')
		ELSE stands IN ('justified', 'breach') END) THEN
		RAISE EXCEPTION 'this step does not follow' USING ERRCODE = 'IC002';
	END IF;
	RETURN NEW;
END $$;

CREATE FUNCTION privacy.check_answer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended(alert_id::text, 140)) FROM privacy.question WHERE ref = NEW.ref;
	PERFORM FROM privacy.question q WHERE q.ref = NEW.ref AND privacy.state(q.alert_id) = 'asked'
		AND q.n = (SELECT max(n) FROM privacy.question l WHERE l.alert_id = q.alert_id);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'this is not asked any more' USING ERRCODE = 'IC002';
	END IF;
	RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER step_follows BEFORE INSERT ON privacy.step FOR EACH ROW EXECUTE FUNCTION privacy.check_step();
CREATE TRIGGER answer_follows BEFORE INSERT ON privacy.answer FOR EACH ROW EXECUTE FUNCTION privacy.check_answer();
CREATE TRIGGER step_append_only BEFORE UPDATE OR DELETE ON privacy.step FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER step_no_truncate BEFORE TRUNCATE ON privacy.step FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER question_append_only BEFORE UPDATE OR DELETE ON privacy.question FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER answer_append_only BEFORE UPDATE OR DELETE ON privacy.answer FOR EACH ROW EXECUTE FUNCTION audit.refuse();

ALTER TABLE privacy.step ENABLE ROW LEVEL SECURITY;
ALTER TABLE privacy.question ENABLE ROW LEVEL SECURITY;
ALTER TABLE privacy.answer ENABLE ROW LEVEL SECURITY;

-- Whoever reaches an alert reaches what was done about it. Whoever is asked
-- reaches the question, and nothing else.
-- +goose StatementBegin
CREATE FUNCTION privacy.asks(issuer text, subject text, staff text, organisation text) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(current_setting('icr.asked_subject', true) <> ''
		AND (issuer <> '' AND issuer = current_setting('icr.asked_issuer', true) AND subject = current_setting('icr.asked_subject', true)
			OR staff <> '' AND organisation = current_setting('icr.asked_organisation', true)
				AND staff IN (current_setting('icr.asked_staff', true), current_setting('icr.asked_subject', true))), false)
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION privacy.asks FROM PUBLIC;
GRANT EXECUTE ON FUNCTION privacy.asks TO icr_desk;

CREATE POLICY desk_reaches ON privacy.step FOR SELECT TO icr_desk USING (EXISTS (SELECT FROM audit.alert a WHERE a.alert_id = step.alert_id));
CREATE POLICY desk_handles ON privacy.step FOR INSERT TO icr_desk WITH CHECK (EXISTS (SELECT FROM audit.alert a WHERE a.alert_id = step.alert_id));
CREATE POLICY desk_reaches ON privacy.question FOR SELECT TO icr_desk USING (
	EXISTS (SELECT FROM audit.alert a WHERE a.alert_id = question.alert_id) OR privacy.asks(to_issuer, to_subject, to_staff, to_organisation));
CREATE POLICY desk_asks ON privacy.question FOR INSERT TO icr_desk WITH CHECK (EXISTS (SELECT FROM audit.alert a WHERE a.alert_id = question.alert_id));
CREATE POLICY desk_reaches ON privacy.answer FOR SELECT TO icr_desk USING (EXISTS (SELECT FROM privacy.question q WHERE q.ref = answer.ref));
CREATE POLICY asked_answers ON privacy.answer FOR INSERT TO icr_desk WITH CHECK (EXISTS (
	SELECT FROM privacy.question q WHERE q.ref = answer.ref AND privacy.asks(q.to_issuer, q.to_subject, q.to_staff, q.to_organisation)));
GRANT SELECT, INSERT ON privacy.step, privacy.question, privacy.answer TO icr_desk;

-- The manager whom a question may go to, as the staff list has it.
-- +goose StatementBegin
CREATE FUNCTION privacy.manager_of(organisation text, staff_id text, subject text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT manager FROM privacy.staff s
	WHERE s.organisation = $1 AND s.id IN (NULLIF($2, ''), NULLIF($3, '')) AND manager <> '' LIMIT 1
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION privacy.manager_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION privacy.manager_of TO icr_desk;
