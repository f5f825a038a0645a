-- zh: 任职经历:谁在何时任职于哪个单位;没有经历记录的人取现任职务
-- en: who held a post in which unit from when until when; the present post where no history is recorded
-- needs: person.unit_id | post_history.unit_id
SELECT h.person_id, p.person_key, h.unit_id, h.post_id, COALESCE(h.is_leader, p.is_leader) AS is_leader, h.since_date, h.until_date
FROM post_history AS h
LEFT JOIN person AS p ON p.person_id = h.person_id
UNION ALL
SELECT p.person_id, p.person_key, p.unit_id, p.post_id, p.is_leader, p.post_since AS since_date, p.retire_date AS until_date
FROM person AS p
WHERE p.unit_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM post_history AS h WHERE h.person_id = p.person_id)
