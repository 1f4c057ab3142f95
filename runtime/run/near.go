package run

import "strings"

// Nearest returns the name closest to a mistyped one, or "" when none is close: at most a third of its letters wrong.
func Nearest(typed string, names []string) string {
	best, limit := "", max(1, len(typed)/3)
	for _, name := range names {
		if d := distance(strings.ToLower(typed), strings.ToLower(name)); d < limit || d == limit && best == "" {
			best, limit = name, d
		}
	}
	return best
}

// distance is the number of letters to insert, delete, replace or swap with a neighbour (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := [3][]int{make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(x); i++ {
		before, last, cur := rows[(i+2)%3], rows[i%3], rows[(i+1)%3]
		cur[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			cur[j] = min(last[j]+1, cur[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
	}
	return rows[(len(x)+1)%3][len(y)]
}
