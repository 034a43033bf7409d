using System.Text.Json;
using PerCall.Functions.Predict;
using PerCall.Functions.Requests;
using PerCall.Inference;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Inference.Tables;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Predict;

public sealed class PredictScorerTests
{
    private static readonly TableRules Table = new()
    {
        Columns =
        [
            new() { Name = "n", Type = ColumnType.Number }, new() { Name = "city", Type = ColumnType.Text },
            new() { Name = "flag", Type = ColumnType.Bool, Default = JsonElement.Parse("true") },
        ],
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("n,city,flag")]
    [InlineData("city,n")]
    public void Require_HeaderWithAllRequiredColumns_Fits(string header) => TableHeader.Require("t/1", Table, header.Split(','));

    [Theory]
    [InlineData("n", "missing_column", "city", "'city' is missing. The model's columns: n, city, flag (optional).")]
    [InlineData("flag", "missing_column", "n", "'n', 'city' are missing. The model's columns: n, city, flag (optional).")]
    [InlineData("n,city,Flag", "unknown_column", "Flag", "the model has no 'Flag'. The model's columns: n, city, flag (optional).")]
    [InlineData("N,city", "missing_column", "n", "'n' is missing, the model has no 'N'. The model's columns: n, city, flag (optional).")]
    public void Require_HeaderThatDoesNotFit_NamesTheColumns(string header, string code, string param, string message)
    {
        var refusal = Assert.Throws<RefusedException>(() => TableHeader.Require("t/1", Table, header.Split(',')));

        Assert.Equal(
            (400, code, param, $"The header does not fit the model t/1: {message}"),
            (refusal.Status, refusal.Code, refusal.Param, refusal.Message));
    }

    [Fact]
    public async Task Score_RowsOfAFile_GivesTheBestLabelAndEachFaultOfItsRow()
    {
        using var model = await LoadAsync("churn");
        var good = (await File.ReadAllLinesAsync(Path.Combine(Repository.Models, "churn", "1", "golden.jsonl"), Cancellation))[0];
        using var first = Readers.Read(PredictTask.Tables, good, lenient: true);
        using var wrong = Readers.Read(PredictTask.Tables, """{"$cells": {"tenure": "two"}}""", lenient: true);
        using var unknown = Readers.Read(PredictTask.Tables, """{"row": {"tenur": 2}}""", lenient: true);

        var outcomes = Readers.Tables.Score(model, [first, wrong, unknown], ["a", "b", "c"], Cancellation);

        var cells = outcomes[0].Answer!.Cells;
        Assert.Equal(["label", "score", "value", "result"], Readers.Tables.Columns);
        Assert.Equal("leaves", cells[0]);
        Assert.Equal(0.845f, (float)cells[1]!, 0.001f);
        Assert.Null(cells[2]);
        Assert.Equal(
            ["leaves", "stays"],
            JsonElement.Parse((string)cells[3]!).GetProperty("predictions").EnumerateArray()
                .Select(p => p.GetProperty("label").GetString()));
        Assert.Equal("tenure", Assert.IsType<InvalidInputException>(outcomes[1].Fault).Param);
        Assert.Equal("row.tenur", Assert.IsType<InvalidInputException>(outcomes[2].Fault).Param);
    }

    [Fact]
    public void Members_OfATable_AreTheColumnsOfTheModel()
    {
        Assert.Equal("$cells", Readers.Tables.CellsMember);
        Assert.Equal(["model"], Readers.Tables.TextMembers);
        Assert.Empty(Readers.Tables.JsonMembers);
        Assert.All(
            PredictTask.All.Where(t => t.Task != ModelTask.TablePrediction),
            t => Assert.Null(((Scoring.IInputReader)new PredictScorer(t, Readers.Reader)).CellsMember));
    }

    private static async Task<LoadedModel> LoadAsync(string name)
    {
        var package = await new FolderPackageStore(Repository.Models).FindAsync(name, "1", Cancellation);
        return await new ModelLoader(new ModelRegistryOptions()).LoadAsync(package!.Manifest, package.Location, Cancellation);
    }
}
