SELECT
  a.unit_id, 'appointment' AS subject_type, a.appt_id AS subject_id, a.person_id,
  a.need_months - full_months(a.from_rank_since, a.appoint_date) AS metric,
  a.from_rank, a.to_rank, a.from_rank_since, a.appoint_date, a.need_months,
  full_months(a.from_rank_since, a.appoint_date) AS months_served
FROM appointment AS a
WHERE a.to_rank > a.from_rank
  AND NOT COALESCE(a.is_exception, FALSE)
  AND full_months(a.from_rank_since, a.appoint_date) < a.need_months
