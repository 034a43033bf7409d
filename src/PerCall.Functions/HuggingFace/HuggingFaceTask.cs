namespace PerCall.Functions.HuggingFace;

/// <summary>The tasks of Hugging Face's clients that models of this service can have.</summary>
public enum HuggingFaceTask
{
    TextClassification,
    ZeroShotClassification,
    TokenClassification,
    FeatureExtraction,
    SentenceSimilarity,
    TextRanking,
    ImageClassification,
    ObjectDetection,
    ImageSegmentation,
    TabularClassification,
    TabularRegression,
}
