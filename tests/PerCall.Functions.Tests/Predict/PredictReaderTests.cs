using PerCall.Functions.Predict;
using PerCall.Inference.Packages;
using PerCall.Inference.Tables;
using PerCall.Inference.Text;
using Xunit;

namespace PerCall.Functions.Tests.Predict;

public sealed class PredictReaderTests
{
    private const string Picture = "\"AAAA\"";

    public static TheoryData<ModelTask, string, string> Unknown => new()
    {
        { ModelTask.Prediction, """{"input": "a", "modell": "m"}""", "modell; input, pairs, image, rows, model, top_k" },
        { ModelTask.Prediction, """{"text": "a"}""", "text; input, pairs, image, rows, model, top_k" },
        { ModelTask.Prediction, """{"row": {}}""", "row; input, pairs, image, rows, model, top_k" },
        { ModelTask.Prediction, """{"$cells": {"a": "1"}}""", "$cells; input, pairs, image, rows, model, top_k" },
        { ModelTask.TablePrediction, """{"rows": [{}], "input": "a"}""", "input; rows, model, top_k" },
        { ModelTask.TablePrediction, """{"rows": [{}], "other": 1}""", "other; rows, model, top_k" },
        { ModelTask.TokenClassification, """{"input": "a", "top_k": 1}""", "top_k; input, model" },
        { ModelTask.TokenClassification, """{"input": "a", "pairs": []}""", "pairs; input, model" },
        { ModelTask.ObjectDetection, $$"""{"image": {{Picture}}, "top_k": 1}""", "top_k; image, model" },
        { ModelTask.ImageSegmentation, $$"""{"image": {{Picture}}, "rows": []}""", "rows; image, model" },
    };

    [Theory]
    [MemberData(nameof(Unknown))]
    public void Read_MemberThatTheTaskDoesNotHave_IsRefusedByName(ModelTask task, string json, string named)
    {
        var refusal = Readers.Refuse(PredictTask.All.Single(t => t.Task == task), json);

        var parts = named.Split("; ");
        Assert.Equal(("unknown_member", parts[0]), (refusal.Code, refusal.Param));
        Assert.EndsWith($"'{parts[0]}'; allowed: {parts[1]}.", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model": "m"}""", "missing_input", "input")]
    [InlineData("""{"input": "a", "rows": [{}]}""", "several_inputs", "rows")]
    [InlineData("""{"pairs": []}""", "invalid_input_count", "pairs")]
    [InlineData("""{"pairs": [{"text": "a"}]}""", "missing_input", "pairs[0]")]
    [InlineData("""{"pairs": [{"text": "a", "pair": "b", "c": 1}]}""", "unknown_member", "pairs[0].c")]
    [InlineData("""{"rows": []}""", "invalid_input_count", "rows")]
    [InlineData("""{"rows": {}}""", "malformed_json", "rows")]
    [InlineData("""{"rows": [{"a": 1}, 2]}""", "malformed_json", "rows")]
    [InlineData("""{"rows": [{"a": "\ud800"}]}""", "malformed_json", "rows")]
    [InlineData("""{"rows": [{}], "top_k": 0}""", "invalid_top_k", "top_k")]
    public void Read_InputThatNoModelTakes_IsRefused(string json, string code, string param)
    {
        var refusal = Readers.Refuse(PredictTask.Any, json);

        Assert.Equal((code, param), (refusal.Code, refusal.Param));
    }

    [Fact]
    public void Read_PairThatIsTooLong_NamesThePair()
    {
        var refusal = Readers.Refuse(
            PredictTask.Any, $$"""{"pairs": [{"text": "a", "pair": "b"}, {"text": "a", "pair": "{{new string('b', 101)}}"}]}""");

        Assert.Equal(("text_too_long", "pairs[1].pair"), (refusal.Code, refusal.Param));
    }

    [Fact]
    public void Read_MoreThanAThousandRows_IsRefused()
    {
        var refusal = Readers.Refuse(PredictTask.Tables, $$"""{"rows": [{{string.Join(',', Enumerable.Repeat("{}", 1001))}}]}""");

        Assert.Equal("'rows' has 1001 rows; allowed: 1 to 1000.", refusal.Message);
    }

    [Fact]
    public void Read_Rows_CountsThemAndKeepsTheirCells()
    {
        using var call = Readers.Read(
            PredictTask.Tables, """{"rows": [{"a": 1.5, "b": null}, {"b": {"c": [1]}, "a": "x", "d": true}], "model": "m", "top_k": 2}""");

        Assert.Equal(("m", 2, 2L, 2, null), (call.Model, call.Count, call.Units, call.Options.TopK, call.Characters));
        Assert.Equal(["a Number", "b Missing"], Cells(call, 0));
        Assert.Equal(["b Object", "a Text", "d Bool"], Cells(call, 1));
        Assert.Equal(("rows[0]", "rows[1]"), (call.NameOf(0), call.NameOf(1)));
    }

    [Theory]
    [InlineData("""{"id": "7", "row": {"a": 1}, "note": "x"}""", "a Number", "row")]
    [InlineData("""{"rows": [{"a": 1}]}""", "a Number", "rows[0]")]
    [InlineData("""{"$cells": {"a": "1"}}""", "a Untyped", "")]
    public void Read_RowOfAFile_IsOneRow(string json, string cell, string name)
    {
        using var call = Readers.Read(PredictTask.Tables, json, lenient: true);

        Assert.Equal([cell], Cells(call, 0));
        Assert.Equal(name, call.NameOf(0));
    }

    [Fact]
    public void Read_RowOfAFileWithTwoInputs_IsRefused() => Assert.Equal(
        "several_inputs", Readers.Refuse(PredictTask.Tables, """{"row": {"a": 1}, "rows": [{"a": 1}]}""", lenient: true).Code);

    [Fact]
    public void Read_Texts_AreCountedInThousandsOfCharacters()
    {
        using var one = Readers.Read(PredictTask.Tokens, """{"input": "ab"}""");
        using var two = Readers.Read(PredictTask.Any, """{"pairs": [{"text": "ab", "pair": "cde"}]}""");

        Assert.Equal(("input", 1L, 2L), (one.NameOf(0), one.Units, one.Characters));
        Assert.Equal(("pairs[0]", 1L, 5L), (two.NameOf(0), two.Units, two.Characters));
        Assert.Equal(new Passage("ab", "cde"), two.Inputs[0]);
    }

    [Fact]
    public void Read_PictureThatIsTooLarge_IsRefused() => Assert.Equal(
        413, Readers.Refuse(PredictTask.Detect, $$"""{"image": "{{Convert.ToBase64String(new byte[1025])}}"}""").Status);

    private static IEnumerable<string> Cells(PredictCall call, int row) =>
        ((TableRow)call.Inputs[row]).Cells.Select(c => $"{c.Column} {c.Kind}");
}
