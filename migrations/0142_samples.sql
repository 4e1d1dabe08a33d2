-- +goose Up
-- Random samples of each organisation's looks of a week, for review. The
-- monitor draws them once; the seed says how, so that anybody with the trail
-- can draw them again.

CREATE TABLE privacy.sample (
	id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	organisation text NOT NULL,
	week         date NOT NULL,          -- its Monday
	stratum      text NOT NULL CHECK (stratum IN ('looks', 'claims')),
	seed         text NOT NULL,
	population   integer NOT NULL,       -- of which it was drawn
	made         timestamptz NOT NULL DEFAULT clock_timestamp(),
	UNIQUE (organisation, week, stratum)
);
CREATE TABLE privacy.sampled (
	sample   bigint NOT NULL REFERENCES privacy.sample,
	n        integer NOT NULL,
	event_id uuid NOT NULL,
	event_at timestamptz NOT NULL,
	PRIMARY KEY (sample, n)
);
CREATE TABLE privacy.outcome (
	sample       bigint NOT NULL,
	n            integer NOT NULL,
	outcome      text NOT NULL CHECK (outcome IN ('appropriate', 'ask')),
	words        text NOT NULL,
	at           timestamptz NOT NULL,
	reference    text NOT NULL,          -- of its event on the trail
	issuer       text NOT NULL,
	subject      text NOT NULL,
	staff_id     text NOT NULL,
	staff_name   text NOT NULL,
	PRIMARY KEY (sample, n),
	FOREIGN KEY (sample, n) REFERENCES privacy.sampled
);

-- +goose StatementBegin
CREATE FUNCTION privacy.check_outcome() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM FROM privacy.sampled s JOIN audit.event e ON e.event_id = s.event_id AND e.at = s.event_at
		WHERE s.sample = NEW.sample AND s.n = NEW.n AND (e.issuer = NEW.issuer AND e.subject = NEW.subject OR e.staff_id <> '' AND e.staff_id = NEW.staff_id);
	IF FOUND THEN
		RAISE EXCEPTION 'nobody reviews an access of theirs' USING ERRCODE = 'IC001';
	END IF;
	RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER outcome_of_others BEFORE INSERT ON privacy.outcome FOR EACH ROW EXECUTE FUNCTION privacy.check_outcome();
CREATE TRIGGER sample_append_only BEFORE UPDATE OR DELETE ON privacy.sample FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER sampled_append_only BEFORE UPDATE OR DELETE ON privacy.sampled FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER outcome_append_only BEFORE UPDATE OR DELETE ON privacy.outcome FOR EACH ROW EXECUTE FUNCTION audit.refuse();

ALTER TABLE privacy.sample ENABLE ROW LEVEL SECURITY;
ALTER TABLE privacy.sampled ENABLE ROW LEVEL SECURITY;
ALTER TABLE privacy.outcome ENABLE ROW LEVEL SECURITY;
CREATE POLICY monitor_draws ON privacy.sample TO icr_monitor USING (true) WITH CHECK (true);
CREATE POLICY monitor_draws ON privacy.sampled TO icr_monitor USING (true) WITH CHECK (true);
CREATE POLICY desk_reaches ON privacy.sample FOR SELECT TO icr_desk USING (privacy.reaches(organisation));
CREATE POLICY desk_reaches ON privacy.sampled FOR SELECT TO icr_desk USING (EXISTS (SELECT FROM privacy.sample s WHERE s.id = sample));
CREATE POLICY desk_reaches ON privacy.outcome FOR SELECT TO icr_desk USING (EXISTS (SELECT FROM privacy.sample s WHERE s.id = sample));
CREATE POLICY desk_reviews ON privacy.outcome FOR INSERT TO icr_desk WITH CHECK (EXISTS (SELECT FROM privacy.sample s WHERE s.id = sample));
GRANT SELECT, INSERT ON privacy.sample, privacy.sampled TO icr_monitor;
GRANT SELECT ON privacy.sample, privacy.sampled TO icr_desk;
GRANT SELECT, INSERT ON privacy.outcome TO icr_desk;

-- What an officer wants to ask about becomes an alert.
CREATE POLICY desk_asks ON audit.alert FOR INSERT TO icr_desk WITH CHECK (rule = 'sampled' AND privacy.reaches(organisation));
GRANT INSERT ON audit.alert TO icr_desk;
