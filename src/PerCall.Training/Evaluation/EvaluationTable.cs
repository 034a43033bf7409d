using System.Globalization;

namespace PerCall.Training.Evaluation;

/// <summary>Evaluates one method after another and writes a line of metrics for each, as means over the splits.</summary>
internal sealed class EvaluationTable
{
    private readonly TextWriter _writer;
    private readonly int _k;
    private readonly float _relevant;

    public EvaluationTable(TextWriter writer, int k, float relevant)
    {
        (_writer, _k, _relevant) = (writer, k, relevant);
        Line("method", "RMSE", "MAE", $"precision@{k}", $"recall@{k}", $"NDCG@{k}", "coverage");
    }

    public MethodFigures Run(string name, ITrainer trainer, IReadOnlyList<Split> splits, TrainingLog log)
    {
        var figures = MethodFigures.Run(name, trainer, splits, _k, _relevant, log);
        var (errors, ranking) = (figures.Errors, figures.Ranking);
        Line(
            name, Show(errors?.Rmse), Show(errors?.Mae), Show(ranking.Precision), Show(ranking.Recall), Show(ranking.Ndcg),
            Show(ranking.Coverage));
        return figures;
    }

    private static string Show(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "-";

    private void Line(string name, params ReadOnlySpan<string> cells)
    {
        _writer.Write(name.PadRight(12));
        foreach (var cell in cells)
        {
            _writer.Write(cell.PadLeft(14));
        }

        _writer.WriteLine();
    }
}
