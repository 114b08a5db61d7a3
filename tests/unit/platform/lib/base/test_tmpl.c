// SPDX-License-Identifier: MPL-2.0
/*
 * Mustache templates: cases of our own for each rule of the mustache specification
 * (interpolation, sections, inverted, comments, partials, delimiters), then errors and bounds.
 */
#include "platform/lib/base/alloc.h"
#include "platform/lib/base/json.h"
#include "platform/lib/base/str.h"
#include "platform/lib/base/tmpl.h"
#include "tests/lib/tap.h"

#include <errno.h>
#include <stdint.h>

struct partial {
	const char *name, *text;
};

static const char *
find_partial(const char *name, void *ctx)
{
	for (const struct partial *p = ctx; p != NULL && p->name != NULL; p++) {
		if (tt_streq(p->name, name))
			return p->text;
	}
	return NULL;
}

struct test {
	const char *what, *data, *text, *want;
	struct partial partial[3];
};

#define CASE(WHAT, DATA, TEXT, WANT)                                                     \
	{                                                                                \
		.what = (WHAT), .data = (DATA), .text = (TEXT), .want = (WANT)           \
	}
#define CASE_P(WHAT, DATA, TEXT, WANT, ...)                                              \
	{                                                                                \
		.what = (WHAT), .data = (DATA), .text = (TEXT), .want = (WANT),          \
		.partial = {                                                             \
			__VA_ARGS__                                                      \
		}                                                                        \
	}

static const struct test interpolation[] = {
	CASE("text without tags", "{}", "a { b } c\n", "a { b } c\n"),
	CASE("a name", "{\"n\":\"world\"}", "hello {{n}}!\n", "hello world!\n"),
	CASE("no second look at what was put in", "{\"n\":\"{{m}}\",\"m\":\"x\"}",
	    "{{n}}", "{{m}}"),
	CASE("escaped for HTML", "{\"n\":\"& \\\" < >\"}", "{{n}}",
	    "&amp; &quot; &lt; &gt;"),
	CASE("triple: not escaped", "{\"n\":\"& \\\" < >\"}", "{{{n}}}", "& \" < >"),
	CASE("ampersand: not escaped", "{\"n\":\"& \\\" < >\"}", "{{&n}}", "& \" < >"),
	CASE("an integer", "{\"n\":85}", "{{n}} {{{n}}} {{&n}}", "85 85 85"),
	CASE("a real", "{\"n\":1.21}", "{{n}}", "1.21"),
	CASE("null is nothing", "{\"n\":null}", "({{n}}{{{n}}}{{&n}})", "()"),
	CASE("missing is nothing", "{}", "({{n}}{{{n}}}{{&n}})", "()"),
	CASE("dotted", "{\"a\":{\"b\":\"x\"}}", "{{a.b}}{{{a.b}}}{{&a.b}}", "xxx"),
	CASE("dotted, five deep", "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":1}}}}}",
	    "{{a.b.c.d.e}}", "1"),
	CASE("a broken chain", "{\"a\":{}}", "({{a.b.c}})", "()"),
	CASE("a broken chain does not start over", "{\"a\":{\"b\":{}},\"c\":{\"n\":1}}",
	    "({{a.b.c.n}})", "()"),
	CASE("only the first part is searched outside",
	    "{\"a\":{\"b\":{\"n\":1}},\"b\":{\"n\":2}}", "{{#a}}{{b.n}}{{/a}}", "1"),
	CASE("a nearer first part wins, found or not",
	    "{\"a\":{\"b\":{}},\"b\":{\"c\":\"no\"}}", "({{#a}}{{b.c}}{{/a}})", "()"),
	CASE(
	    "the implicit one", "\"world\"", "{{.}} {{{.}}} {{&.}}", "world world world"),
	CASE("blanks around it stay", "{\"n\":\"-\"}", "| {{n}} | {{{n}}} | {{&n}} |",
	    "| - | - | - |"),
	CASE("never alone on a line", "{\"n\":\"-\"}", "  {{n}}\n", "  -\n"),
	CASE("blanks inside do not count", "{\"n\":\"-\"}",
	    "|{{ n }}|{{{ n }}}|{{& n }}|", "|-|-|-|"),
};

static const struct test sections[] = {
	CASE("true shows", "{\"b\":true}", "{{#b}}x{{/b}}", "x"),
	CASE("false hides", "{\"b\":false}", "{{#b}}x{{/b}}", ""),
	CASE("null hides", "{\"b\":null}", "{{#b}}x{{/b}}", ""),
	CASE("missing hides", "{}", "({{#b}}x{{/b}})", "()"),
	CASE("an object is a context", "{\"c\":{\"n\":\"Joe\"}}", "{{#c}}{{n}}{{/c}}",
	    "Joe"),
	CASE("outer contexts are seen", "{\"a\":\"foo\",\"s\":{\"b\":\"bar\"}}",
	    "{{#s}}{{a}},{{b}}{{/s}}", "foo,bar"),
	CASE("the inner one wins", "{\"n\":1,\"s\":{\"n\":2}}", "{{#s}}{{n}}{{/s}}{{n}}",
	    "21"),
	CASE("a text is a context, too", "{\"s\":\"x\"}", "{{#s}}{{.}}{{/s}}", "x"),
	CASE(
	    "a list repeats", "{\"l\":[{\"i\":1},{\"i\":2}]}", "{{#l}}{{i}}{{/l}}", "12"),
	CASE("an empty list hides", "{\"l\":[]}", "({{#l}}x{{/l}})", "()"),
	CASE("twice", "{\"b\":true}", "{{#b}}1{{/b}} - {{#b}}2{{/b}}", "1 - 2"),
	CASE("inside one another", "{\"b\":true}", "A {{#b}}B {{#b}}C{{/b}} D{{/b}} E",
	    "A B C D E"),
	CASE("inside a hidden one", "{\"b\":false}", "A{{#b}}B {{#b}}C{{/b}} D{{/b}}E",
	    "AE"),
	CASE("implicit: texts", "{\"l\":[\"a\",\"b\"]}", "{{#l}}({{.}}){{/l}}", "(a)(b)"),
	CASE("implicit: numbers", "{\"l\":[1,2.5]}", "{{#l}}({{.}}){{/l}}", "(1)(2.5)"),
	CASE("implicit: lists in a list", "{\"l\":[[1,2],[3]]}",
	    "{{#l}}({{#.}}{{.}}{{/.}}){{/l}}", "(12)(3)"),
	CASE("implicit: escaped", "{\"l\":[\"<\"]}", "{{#l}}{{.}}{{{.}}}{{/l}}", "&lt;<"),
	CASE("implicit: at the top", "[{\"v\":1},{\"v\":2}]", "{{#.}}({{v}}){{/.}}",
	    "(1)(2)"),
	CASE("dotted section", "{\"a\":{\"b\":true}}", "{{#a.b}}x{{/a.b}}", "x"),
	CASE("dotted, broken", "{\"a\":{}}", "({{#a.b.c}}x{{/a.b.c}})", "()"),
	CASE("blanks around stay", "{\"b\":true}", " | {{#b}}\t|\t{{/b}} | \n",
	    " | \t|\t | \n"),
	CASE("blanks inside stay", "{\"b\":true}", " | {{#b}} {{! c }}\n {{/b}} | \n",
	    " |  \n  | \n"),
	CASE("two tags are not alone", "{\"b\":true}", " {{#b}}Y{{/b}}\n {{#b}}G{{/b}}\n",
	    " Y\n G\n"),
	CASE("alone on their lines", "{\"b\":true}", "| a\n{{#b}}\n| b\n{{/b}}\n| c\n",
	    "| a\n| b\n| c\n"),
	CASE("alone and indented", "{\"b\":true}", "| a\n  {{#b}}\n| b\n\t{{/b}}\n| c\n",
	    "| a\n| b\n| c\n"),
	CASE("alone with CR LF", "{\"b\":true}", "|\r\n{{#b}}\r\n{{/b}}\r\n|", "|\r\n|"),
	CASE("alone without a line before", "{\"b\":true}", "  {{#b}}\n#{{/b}}\n/",
	    "#\n/"),
	CASE("alone without a line behind", "{\"b\":true}", "#{{#b}}\n/\n  {{/b}}",
	    "#\n/\n"),
	CASE("blanks in the tags", "{\"b\":true}", "|{{# b }}={{/ b }}|", "|=|"),
	CASE("empty text hides", "{\"s\":\"\"}", "({{#s}}x{{/s}})", "()"),
	CASE("zero hides", "{\"s\":0}", "({{#s}}x{{/s}})", "()"),
};

static const struct test inverted[] = {
	CASE("false shows", "{\"b\":false}", "{{^b}}x{{/b}}", "x"),
	CASE("true hides", "{\"b\":true}", "({{^b}}x{{/b}})", "()"),
	CASE("null shows", "{\"b\":null}", "{{^b}}x{{/b}}", "x"),
	CASE("missing shows", "{}", "{{^b}}x{{/b}}", "x"),
	CASE("an object hides", "{\"b\":{\"n\":1}}", "({{^b}}x{{/b}})", "()"),
	CASE("a list hides", "{\"l\":[{\"n\":1}]}", "({{^l}}x{{/l}})", "()"),
	CASE("an empty list shows", "{\"l\":[]}", "{{^l}}x{{/l}}", "x"),
	CASE("both forms", "{\"b\":false}", "{{#b}}yes{{/b}}{{^b}}no{{/b}}", "no"),
	CASE("inside one another", "{\"b\":false}", "A{{^b}}B{{^b}}C{{/b}}D{{/b}}E",
	    "ABCDE"),
	CASE(
	    "inside a hidden one", "{\"b\":true}", "A{{^b}}B{{^b}}C{{/b}}D{{/b}}E", "AE"),
	CASE("dotted", "{\"a\":{\"b\":false}}", "{{^a.b}}x{{/a.b}}", "x"),
	CASE("dotted, broken", "{\"a\":{}}", "{{^a.b.c}}x{{/a.b.c}}", "x"),
	CASE("alone on their lines", "{\"b\":false}", "| a\n{{^b}}\n|\n{{/b}}\n| c\n",
	    "| a\n|\n| c\n"),
	CASE("alone and indented", "{\"b\":false}", "| a\n  {{^b}}\n|\n  {{/b}}\n| c\n",
	    "| a\n|\n| c\n"),
	CASE("alone with CR LF", "{\"b\":false}", "|\r\n{{^b}}\r\n{{/b}}\r\n|", "|\r\n|"),
	CASE("alone without a line behind", "{\"b\":false}", "^{{^b}}\n/\n  {{/b}}",
	    "^\n/\n"),
	CASE("blanks in the tags", "{\"b\":false}", "|{{^ b }}={{/ b }}|", "|=|"),
};

static const struct test comments[] = {
	CASE("inline", "{}", "12{{! gone }}34", "1234"),
	CASE("many lines", "{}", "12{{!\n  a\n  b\n}}34\n", "1234\n"),
	CASE("alone", "{}", "a\n{{! gone }}\nb\n", "a\nb\n"),
	CASE("alone and indented", "{}", "a\n  {{! gone }}\nb\n", "a\nb\n"),
	CASE("alone with CR LF", "{}", "|\r\n{{! gone }}\r\n|", "|\r\n|"),
	CASE("alone without a line before", "{}", "  {{! gone }}\n!", "!"),
	CASE("alone without a line behind", "{}", "!\n  {{! gone }}", "!\n"),
	CASE("many lines alone", "{}", "a\n{{!\nx\n}}\nb\n", "a\nb\n"),
	CASE("many lines alone, indented", "{}", "a\n  {{!\n    x\n  }}\nb\n", "a\nb\n"),
	CASE("not alone", "{}", "  12 {{! 34 }}\n", "  12 \n"),
	CASE("blanks around stay", "{}", "12 {{! gone }} 34", "12  34"),
	CASE("names in it do not count", "{\"! n\":1,\"n\":2}", "({{! n }})", "()"),
	CASE("an empty one", "{}", "({{!}})", "()"),
};

static const struct test partials[] = {
	CASE_P("a partial", "{}", "\"{{>t}}\"", "\"from it\"", { "t", "from it" }),
	CASE("a missing one is nothing", "{}", "\"{{>t}}\"", "\"\""),
	CASE_P("sees the context", "{\"n\":\"x\"}", "{{>p}}", "*x*", { "p", "*{{n}}*" }),
	CASE_P("calls itself", "{\"c\":\"X\",\"l\":[{\"c\":\"Y\",\"l\":[]}]}", "{{>n}}",
	    "X<Y<>>", { "n", "{{c}}<{{#l}}{{>n}}{{/l}}>" }),
	CASE_P("one in another", "{\"a\":\"h\",\"b\":\"w\"}", "{{>o}}", "*h w!*",
	    { "o", "*{{a}} {{>i}}*" }, { "i", "{{b}}!" }),
	CASE_P("blanks around stay", "{}", "| {{>p}} |", "| \t|\t |", { "p", "\t|\t" }),
	CASE_P("indentation stays inline", "{\"d\":\"|\"}", "  {{d}}  {{> p}}\n",
	    "  |  >\n>\n", { "p", ">\n>" }),
	CASE_P("alone with CR LF", "{}", "|\r\n{{>p}}\r\n|", "|\r\n>|", { "p", ">" }),
	CASE_P("alone without a line before", "{}", "  {{>p}}\n>", "  >\n  >>",
	    { "p", ">\n>" }),
	CASE_P("alone without a line behind", "{}", ">\n  {{>p}}", ">\n  >\n  >",
	    { "p", ">\n>" }),
	CASE_P("indents each of its lines, before it is rendered", "{\"c\":\"<\\n->\"}",
	    "\\\n {{>p}}\n/\n", "\\\n |\n <\n->\n |\n/\n", { "p", "|\n{{{c}}}\n|\n" }),
	CASE_P("blanks in the tag", "{\"b\":true}", "|{{> p }}|", "|[]|", { "p", "[]" }),
};

static const struct test delimiters[] = {
	CASE("a pair", "{\"t\":\"Hey!\"}", "{{=<% %>=}}(<%t%>)", "(Hey!)"),
	CASE("special letters", "{\"t\":\"x\"}", "({{=[ ]=}}[t])", "(x)"),
	CASE("in sections", "{\"s\":true,\"d\":\"x\"}",
	    "{{#s}}{{d}}|d|{{/s}}{{= | | =}}|#s|{{d}}|d||/s|", "x|d|{{d}}x"),
	CASE("in inverted ones", "{\"s\":false,\"d\":\"x\"}",
	    "{{^s}}{{d}}|d|{{/s}}{{= | | =}}|^s|{{d}}|d||/s|", "x|d|{{d}}x"),
	CASE_P("not handed to partials", "{\"v\":\"y\"}", "{{>i}}{{= | | =}}|>i|",
	    ".y..y.", { "i", ".{{v}}." }),
	CASE_P("not handed back by them", "{\"v\":\"y\"}", "{{>i}}.{{v}}.|v|.",
	    ".y. .y..y.|v|.", { "i", ".{{v}}. {{= | | =}}.|v|." }),
	CASE("blanks around stay", "{}", "| {{=@ @=}} |", "|  |"),
	CASE("blanks before stay", "{}", " | {{=@ @=}}\n", " | \n"),
	CASE("alone", "{}", "a\n{{=@ @=}}\nb\n", "a\nb\n"),
	CASE("alone and indented", "{}", "a\n  {{=@ @=}}\nb\n", "a\nb\n"),
	CASE("alone with CR LF", "{}", "|\r\n{{= @ @ =}}\r\n|", "|\r\n|"),
	CASE("alone without a line before", "{}", "  {{=@ @=}}\n=", "="),
	CASE("alone without a line behind", "{}", "=\n  {{=@ @=}}", "=\n"),
	CASE("blanks in the tag", "{}", "|{{= @   @ =}}|", "||"),
	CASE("and back again", "{\"n\":1}", "{{=<% %>=}}<%n%><%={{ }}=%>{{n}}", "11"),
};

static void
run(const char *module, const struct test *t)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(4096);
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *data = json_loads(t->data, JSON_DECODE_ANY, NULL);
	struct tt_tmpl_opts opts = { .partial = find_partial,
		.ctx = (void *)(uintptr_t)t->partial };
	int r =
	    tt_tmpl_render(t->what, t->text, strlen(t->text), data, &opts, &out, &err);

	TAP_EQ_STR(r < 0 ? tt_err_message(err) : tt_buf_str(&out), t->want, "%s: %s",
	    module, t->what);
}

#define RUN_ALL(MODULE)                                                                  \
	for (size_t i = 0; i < TT_ARRAY_LEN(MODULE); i++)                                \
	run(#MODULE, &(MODULE)[i])

static const struct {
	const char *text, *message;
} bad[] = {
	{ "a\nb {{x", "t:2: a tag is not closed" },
	{ "{{{x}}", "t:1: a tag is not closed" },
	{ "{{=<% %>}}", "t:1: a tag is not closed" },
	{ "{{#a}}\n{{#b}}{{/a}}",
	    "t:2: the end of another section than the one begun last" },
	{ "{{/a}}", "t:1: the end of a section that was not begun" },
	{ "\n{{#a}}", "t:2: a section is not closed" },
	{ "{{}}", "t:1: a tag without a name" },
	{ "{{# }}", "t:1: a tag without a name" },
	{ "{{= x =}}", "t:1: delimiters are two short words without '='" },
	{ "{{=a b c=}}", "t:1: more than two delimiters" },
};

static void
test_errors(void)
{
	for (size_t i = 0; i < TT_ARRAY_LEN(bad); i++) {
		tt_auto(buf) struct tt_buf out = TT_BUF_INIT(4096);
		tt_auto(err) struct tt_err *err = NULL;
		int r = tt_tmpl_render(
		    "t", bad[i].text, strlen(bad[i].text), NULL, NULL, &out, &err);

		TAP_EQ_INT(r, -EINVAL, "'%zu' is refused", i);
		TAP_EQ_STR(tt_err_message(err), bad[i].message, "its message");
	}
}

static int
render(const char *text, const char *json, size_t max, const struct tt_tmpl_opts *opts)
{
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(max);
	tt_auto(err) struct tt_err *err = NULL;
	tt_auto(json) json_t *data = json_loads(json, 0, NULL);

	return tt_tmpl_render("t", text, strlen(text), data, opts, &out, &err);
}

static void
test_bounds(void)
{
	static struct partial endless[] = { { "p", "{{>p}}" }, { NULL, NULL } };
	struct tt_tmpl_opts opts = { .partial = find_partial, .ctx = endless };
	tt_auto(buf) struct tt_buf deep = TT_BUF_INIT(4096), wide = TT_BUF_INIT(TT_MIB),
				   list = TT_BUF_INIT(4096);

	for (int i = 0; i < TT_TMPL_DEPTH_MAX + 1; i++)
		tt_buf_adds(&deep, "{{#a}}");
	for (int i = 0; i < TT_TMPL_DEPTH_MAX + 1; i++)
		tt_buf_adds(&deep, "{{/a}}");
	for (int i = 0; i < TT_TMPL_TOKENS_MAX + 1; i++)
		tt_buf_adds(&wide, "{{a}}");
	tt_buf_adds(&list, "{\"l\":[1");
	for (int i = 0; i < 200; i++)
		tt_buf_adds(&list, ",1");
	tt_buf_adds(&list, "]}");
	TAP_EQ_INT(render(deep.data, "{}", 4096, NULL), -E2BIG, "too deep");
	TAP_EQ_INT(render(wide.data, "{}", 4096, NULL), -E2BIG, "too many tags");
	TAP_EQ_INT(
	    render("{{>p}}", "{}", 4096, &opts), -E2BIG, "a partial without an end");
	TAP_EQ_INT(render("{{#l}}{{#l}}xxxxxxxx{{/l}}{{/l}}", list.data, 4096, NULL),
	    -EMSGSIZE, "the result does not fit");
	TAP_EQ_INT(render("{{#l}}{{#l}}{{#l}}{{#l}}{{/l}}{{/l}}{{/l}}{{/l}}", list.data,
		       4096, NULL),
	    -E2BIG, "too many steps, though nothing comes out");
}

static void
test_raw(void)
{
	struct tt_tmpl_opts opts = { .raw = true };
	tt_auto(buf) struct tt_buf out = TT_BUF_INIT(4096);
	tt_auto(json) json_t *data = json_pack("{s:s}", "n", "a&b'");

	TAP_EQ_INT(
	    tt_tmpl_render("t", "{{n}}", 5, data, &opts, &out, NULL), 0, "raw rendering");
	TAP_EQ_STR(tt_buf_str(&out), "a&b'", "escapes nothing");
	tt_buf_reset(&out);
	TAP_EQ_INT(tt_tmpl_render("t", "{{n}}", 5, data, NULL, &out, NULL), 0,
	    "without options");
	TAP_EQ_STR(tt_buf_str(&out), "a&amp;b&#39;", "everything is escaped");
}

int
main(void)
{
	RUN_ALL(interpolation);
	RUN_ALL(sections);
	RUN_ALL(inverted);
	RUN_ALL(comments);
	RUN_ALL(partials);
	RUN_ALL(delimiters);
	test_errors();
	test_bounds();
	test_raw();
	return tap_done();
}
