namespace PerCall.Training;

/// <summary>A trained model, by indices of users and items.</summary>
internal interface IRecommender
{
    /// <summary>
    /// How well an item suits a user; an estimated rating, before it is clipped to the scale, where the method estimates ratings.
    /// </summary>
    float Score(int user, int item);

    /// <summary>The scores of all items, by index.</summary>
    void ScoreAll(int user, Span<float> scores);
}
