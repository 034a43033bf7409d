namespace PerCall.Training;

/// <summary>A trained model. Users and items are given by index.</summary>
internal interface IRecommender
{
    /// <summary>
    /// Returns how well an item suits a user. For methods that estimate ratings, this is the estimate before it is clipped to the scale.
    /// </summary>
    float Score(int user, int item);

    /// <summary>Writes the scores of all items, by index.</summary>
    void ScoreAll(int user, Span<float> scores);
}
