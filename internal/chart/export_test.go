package chart

// Measure estimates how wide a text is.
var Measure = measure
