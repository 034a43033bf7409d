using System.Text.Json.Serialization;
using PerCall.Inference.Images;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Recommend;
using PerCall.Inference.Tables;
using PerCall.Inference.Tasks;
using PerCall.Inference.Tensors;
using PerCall.Inference.Text;

namespace PerCall.Inference.Packages;

/// <summary>The task of a model.</summary>
public enum ModelTask
{
    /// <summary>Classifies pictures.</summary>
    [JsonStringEnumMemberName("image-classification")]
    ImageClassification,

    /// <summary>Classifies texts.</summary>
    [JsonStringEnumMemberName("text-classification")]
    TextClassification,

    /// <summary>Recommends items for a user or a history of ratings.</summary>
    [JsonStringEnumMemberName("recommendation")]
    Recommendation,

    /// <summary>Predicts a label or values from the columns of a table's row.</summary>
    [JsonStringEnumMemberName("table-prediction")]
    TablePrediction,

    /// <summary>Turns texts into vectors.</summary>
    [JsonStringEnumMemberName("embedding")]
    Embedding,

    /// <summary>Scores how well documents answer a query.</summary>
    [JsonStringEnumMemberName("text-ranking")]
    TextRanking,

    /// <summary>Labels parts of texts.</summary>
    [JsonStringEnumMemberName("token-classification")]
    TokenClassification,

    /// <summary>Finds objects in pictures.</summary>
    [JsonStringEnumMemberName("object-detection")]
    ObjectDetection,

    /// <summary>Labels the pixels of pictures.</summary>
    [JsonStringEnumMemberName("image-segmentation")]
    ImageSegmentation,

    /// <summary>Any input with any output kind.</summary>
    [JsonStringEnumMemberName("prediction")]
    Prediction,

    /// <summary>Tensors in and out, as the graph has them.</summary>
    [JsonStringEnumMemberName("tensors")]
    Tensors,
}

/// <summary>The unit in which calls of a model are counted.</summary>
public enum PriceUnit
{
    /// <summary>One picture.</summary>
    [JsonStringEnumMemberName("image")]
    Image,

    /// <summary>1,000 characters of text, counted as Unicode scalar values.</summary>
    [JsonStringEnumMemberName("1k_characters")]
    ThousandCharacters,

    /// <summary>One list of recommended items, or one estimated rating.</summary>
    [JsonStringEnumMemberName("recommendation")]
    Recommendation,

    /// <summary>One row of a table.</summary>
    [JsonStringEnumMemberName("row")]
    Row,

    /// <summary>One input of any kind; of a text, 1,000 characters.</summary>
    [JsonStringEnumMemberName("input")]
    Input,
}

/// <summary>The definitions of all tasks. A new task adds its name and its unit above and its definition here.</summary>
public static class ModelTasks
{
    /// <summary>One definition for each <see cref="ModelTask"/>.</summary>
    public static IReadOnlyList<TaskDefinition> All { get; } =
    [
        ImageTasks.Classification,
        TextTasks.Classification,
        new RecommendationTask(),
        TableTasks.Prediction,
        TextTasks.Embedding,
        TextTasks.Ranking,
        TextTasks.Tokens,
        ImageTasks.Detection,
        ImageTasks.Segmentation,
        AnyTask.Prediction,
        new TensorTask(),
    ];

    /// <summary>Returns the definition of a task.</summary>
    public static TaskDefinition Of(ModelTask task) => All.First(d => d.Task == task);

    /// <summary>Sections that describe a model's inputs; each once, in the order of the tasks.</summary>
    internal static IReadOnlyList<ManifestSection> Inputs { get; } = [.. All.SelectMany(d => d.Inputs).Distinct()];

    /// <summary>Sections that describe a model's outputs; each once, in the order of the tasks.</summary>
    internal static IReadOnlyList<ManifestSection> Outputs { get; } = [.. All.Select(d => d.Output).OfType<ManifestSection>().Distinct()];
}
