using PerCall.Functions.Pricing;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Predict;

/// <summary>A task with an endpoint of its own. Its models have any of the task's output kinds.</summary>
/// <param name="Task">The task.</param>
/// <param name="Endpoint">The path of the single call.</param>
/// <param name="OperationName">The name of the operation that is charged.</param>
/// <param name="IdPrefix">The prefix of an answer's id.</param>
/// <param name="Members">The members of the body with inputs. A call has one of them.</param>
/// <param name="HasLabels">Whether callers can choose the number of labels.</param>
public sealed record PredictTask(
    ModelTask Task, string Endpoint, string OperationName, string IdPrefix, IReadOnlyList<string> Members, bool HasLabels)
{
    private const string Texts = "input";
    private const string Pairs = "pairs";
    private const string Picture = "image";
    private const string Rows = "rows";

    public static PredictTask Any { get; } =
        new(ModelTask.Prediction, "/v1/predict", "predict", "pred", [Texts, Pairs, Picture, Rows], true);

    public static PredictTask Tables { get; } =
        new(ModelTask.TablePrediction, "/v1/tables/predict", "tables.predict", "tab", [Rows], true);

    public static PredictTask Tokens { get; } =
        new(ModelTask.TokenClassification, "/v1/text/tokens", "text.tokens", "tok", [Texts], false);

    public static PredictTask Detect { get; } =
        new(ModelTask.ObjectDetection, "/v1/images/detect", "images.detect", "det", [Picture], false);

    public static PredictTask Segment { get; } =
        new(ModelTask.ImageSegmentation, "/v1/images/segment", "images.segment", "seg", [Picture], false);

    public static IReadOnlyList<PredictTask> All { get; } = [Any, Tables, Tokens, Detect, Segment];

    /// <summary>The operation that is charged, in the task's unit.</summary>
    public Operation Operation { get; } = Operation.For(Task, OperationName);

    /// <summary>Whether an input may be a picture.</summary>
    public bool TakesPictures => Members.Contains(Picture);

    /// <summary>Whether an input may be a row of a table.</summary>
    public bool TakesRows => Members.Contains(Rows);

    /// <summary>Whether all inputs are rows of a table, so that the columns of a CSV file are those of the model.</summary>
    public bool IsTable => Members is [Rows];
}
