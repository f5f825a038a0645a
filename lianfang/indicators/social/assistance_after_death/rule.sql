WITH member AS (
  SELECT m.case_id, m.person_key, m.until_date, d.death_date
  FROM assist_member AS m
  LEFT JOIN death_record AS d ON d.person_key = m.person_key
  WHERE m.case_id IS NOT NULL AND m.person_key IS NOT NULL
),
heads AS (
  SELECT m.case_id, count(*) AS listed,
    sum(CASE WHEN m.death_date IS NULL AND (m.until_date IS NULL OR m.until_date > as_of()) THEN 1 ELSE 0 END) AS living
  FROM member AS m
  GROUP BY m.case_id
)
SELECT
  c.unit_id,
  'assisted_person' AS subject_type,
  c.case_id || '/' || m.person_key AS subject_id,
  full_months(m.death_date, LEAST(m.until_date, c.end_month, as_of())) AS metric,
  c.kind,
  m.death_date,
  c.end_month,
  m.until_date AS member_until,
  c.members AS heads_paid,
  h.living AS living_members,
  c.monthly
FROM assist_case AS c
JOIN member AS m ON m.case_id = c.case_id
JOIN heads AS h ON h.case_id = c.case_id
WHERE m.death_date IS NOT NULL
  AND COALESCE(c.kind, '') <> '临时救助'
  AND LEAST(m.until_date, c.end_month, as_of()) > add_days(m.death_date, param('grace_days'))
  AND (h.listed = 1 AND COALESCE(c.members, 1) = 1 OR c.members > h.living AND c.members <= h.listed)
