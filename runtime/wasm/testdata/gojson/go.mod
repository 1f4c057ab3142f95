module gojson

go 1.26
